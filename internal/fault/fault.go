// Package fault sorts errors by who has to act, which is what the exit
// status tells a script.
package fault

import (
	"errors"
	"fmt"
)

// The exit statuses of the command.
const (
	StatusDone         = 0
	StatusFailed       = 1
	StatusUsage        = 2
	StatusHost         = 4
	StatusInconclusive = 98
	StatusGateFailed   = 99
	StatusInterrupted  = 130
)

// Error is an error with its exit status.
type Error struct {
	Status int
	Err    error
}

func (e *Error) Error() string { return e.Err.Error() }

// Unwrap returns the error without its status.
func (e *Error) Unwrap() error { return e.Err }

// Usage marks err as the user's to mend: a flag, a scenario, a policy.
func Usage(err error) error { return mark(StatusUsage, err) }

// Usagef makes an error that is the user's to mend.
func Usagef(format string, args ...any) error { return Usage(fmt.Errorf(format, args...)) }

// Host marks err as something that this host cannot do.
func Host(err error) error { return mark(StatusHost, err) }

// Interrupted marks err as the consequence of a signal.
func Interrupted(err error) error { return mark(StatusInterrupted, err) }

// GateFailed marks err as the answer of a gate: what was asked does not hold.
func GateFailed(err error) error { return mark(StatusGateFailed, err) }

// Inconclusive marks err as the answer of a gate that could not be judged.
func Inconclusive(err error) error { return mark(StatusInconclusive, err) }

func mark(status int, err error) error {
	if err == nil {
		return nil
	}
	return &Error{status, err}
}

// Status is the exit status for err: 0 for nil, 1 for an unmarked error.
func Status(err error) int {
	if err == nil {
		return StatusDone
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Status
	}
	return StatusFailed
}
