// Package machine names what a measurement ran on.
package machine
