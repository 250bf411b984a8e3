package scenario

import "fmt"

// Refuse is the error of an option that is asked for, where it would have no
// effect or another than it says, with what to do about it; else nil.
func Refuse(asked bool, option, format string, args ...any) error {
	if !asked {
		return nil
	}
	return fmt.Errorf("%s: %w", option, fmt.Errorf(format, args...))
}
