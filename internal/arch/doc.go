// Package arch holds the test that keeps imports going one way.
package arch
