// Package talk follows what a client and a server say to each other on one
// connection: what is to be sent next, and whether what arrives is what was
// expected. It is pure: bytes come in, and what is to be done comes out.
package talk
