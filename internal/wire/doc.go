// Package wire decides what becomes of each frame on a lab's link: it passes,
// late or twice, or it is held back, or lost, as a list of [Rules] says. It
// also reads TCP segments out of frames and tells connections apart.
//
// It is pure: frames and the time go in, departures come out. Moving frames
// is package lab's job. Times count from any one instant.
package wire
