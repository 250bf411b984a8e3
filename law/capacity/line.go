package capacity

// Line is a kernel setting and its value.
type Line struct{ Name, Value string }

// String is a line of a sysctl.conf(5).
func (l Line) String() string { return l.Name + " = " + l.Value }

// MarshalText is [Line.String].
func (l Line) MarshalText() ([]byte, error) { return []byte(l.String()), nil }
