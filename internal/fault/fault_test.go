package fault

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"
)

func TestStatus(t *testing.T) {
	plain := errors.New("it broke")
	tests := []struct {
		name string
		err  error
		want int
	}{
		{"no error", nil, 0},
		{"an error that nobody marked", plain, 1},
		{"the user's", Usage(plain), 2},
		{"the user's, as text", Usagef("flag %s: %w", "--rate", plain), 2},
		{"the host's", Host(plain), 4},
		{"a signal's", Interrupted(plain), 130},
		{"a gate's that failed", GateFailed(plain), 99},
		{"a gate's that cannot tell", Inconclusive(plain), 98},
		{"marked below other layers", fmt.Errorf("run cell: %w", fmt.Errorf("start: %w", Host(plain))), 4},
		{"marked twice: the outer one knows more", Usage(Host(plain)), 2},
		{"one of several", errors.Join(plain, Host(plain)), 4},
		{"no error that was marked", Usage(nil), 0},
		{"several that are none", Usage(errors.Join(nil, nil)), 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Status(tt.err); got != tt.want {
				t.Errorf("Status(%v) = %d, want %d", tt.err, got, tt.want)
			}
		})
	}
}

func TestMarkIsNotSeenInTheText(t *testing.T) {
	err := Host(&fs.PathError{Op: "open", Path: "/x", Err: fs.ErrNotExist})
	if got, want := err.Error(), "open /x: file does not exist"; got != want {
		t.Errorf("Host(err).Error() = %q, want %q", got, want)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Is(%v, ErrNotExist) = false, want true", err)
	}
}
