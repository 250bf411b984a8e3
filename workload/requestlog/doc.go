// Package requestlog writes a line for each request of a run into a file, while the run goes
// on. The workers put what they know of a request into memory that they share with one
// thread, which makes lines of it: a worker makes no system call for it and allocates
// nothing. What cannot be kept is counted.
package requestlog
