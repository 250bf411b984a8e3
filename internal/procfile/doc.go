// Package procfile reads what the kernel tells in files of /proc and /sys.
package procfile
