package message

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// MaxBytes is how long a message is at most: NATS's own default.
const MaxBytes = 1 << 20

// ErrVersion is a message of another version of the program.
var ErrVersion = errors.New("it speaks another version of the fleet's messages; " +
	"coordinator and agents have to be of one release")

// Encode writes an order or a report.
func Encode[M Order | Report](m M) ([]byte, error) {
	b, err := json.Marshal(m)
	if err == nil && len(b) > MaxBytes {
		err = fmt.Errorf("it has %d bytes, and a message has %d at most", len(b), MaxBytes)
	}
	if err != nil {
		return nil, fmt.Errorf("encode a message: %w", err)
	}
	return b, nil
}

// DecodeOrder reads an order, and refuses one that is not whole or names what cannot be a
// run.
func DecodeOrder(b []byte) (Order, error) {
	var o Order
	err := decode(b, &o, &o.Version)
	if err == nil {
		err = o.check()
	}
	if err != nil {
		return Order{}, fmt.Errorf("decode an order: %w", err)
	}
	return o, nil
}

// DecodeReport is DecodeOrder of a report.
func DecodeReport(b []byte) (Report, error) {
	var r Report
	err := decode(b, &r, &r.Version)
	if err == nil {
		err = r.check()
	}
	if err != nil {
		return Report{}, fmt.Errorf("decode a report: %w", err)
	}
	return r, nil
}

// decode reads one value of JSON, all of whose fields are known, of this version, which is
// read into of.
func decode(b []byte, v any, of *int) error {
	if len(b) > MaxBytes {
		return fmt.Errorf("it has %d bytes, and a message has %d at most", len(b), MaxBytes)
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	err := dec.Decode(v)
	if err != nil { // another version may have other fields
		var other struct {
			Version *int `json:"version"`
		}
		if bad := json.Unmarshal(b, &other); bad != nil {
			return bad
		}
		if other.Version == nil {
			return err
		}
		*of = *other.Version
	}
	if *of != Version {
		return fmt.Errorf("version %d, where this is %d: %w", *of, Version, ErrVersion)
	}
	if err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more than one value")
	}
	return nil
}

// slowest is the pace of more agents than there are.
const slowest = time.Hour

// check refuses what no coordinator says.
func (o Order) check() error {
	runs := []string{o.End, o.Taken}
	if o.Prepare != nil {
		runs = append(runs, orBad(o.Prepare.Run))
		if o.Prepare.Join < 0 {
			return fmt.Errorf("%d intervals are to be told as one", o.Prepare.Join)
		}
	}
	if o.Begin != nil {
		runs = append(runs, orBad(o.Begin.Run))
	}
	if o.Give != nil {
		runs = append(runs, orBad(o.Give.Run))
		if o.Give.Offset < 0 {
			return fmt.Errorf("offset %d is below 0", o.Give.Offset)
		}
	}
	if o.Every < 0 || o.Every > slowest {
		return fmt.Errorf("it is to be said every %v that one is there", o.Every)
	}
	if o.Coordinator.ID == "" {
		return errors.New("it is from nobody")
	}
	return checkRuns(runs)
}

// check refuses what no agent says.
func (r Report) check() error {
	if r.Instance == "" {
		return errors.New("it is from nobody")
	}
	var runs []string
	if s := r.Status; s != nil {
		if s.Job != nil {
			runs = append(runs, orBad(s.Job.Run))
		}
		for _, k := range s.Kept {
			runs = append(runs, orBad(k.Run))
			if k.Bytes < 0 {
				return fmt.Errorf("it keeps %d bytes of %s", k.Bytes, k.Run)
			}
		}
	}
	if r.Interval != nil {
		runs = append(runs, orBad(r.Interval.Run))
	}
	if c := r.Chunk; c != nil {
		runs = append(runs, orBad(c.Run))
		if c.Offset < 0 {
			return fmt.Errorf("offset %d is below 0", c.Offset)
		}
	}
	return checkRuns(runs)
}

// orBad is a name that must be there.
func orBad(run string) string {
	if run == "" {
		return "?"
	}
	return run
}

// ValidRun reports whether a run can have the name, which is that of a file, too.
func ValidRun(name string) bool {
	odd := func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' }
	return name != "" && len(name) <= 80 && name[0] != '-' && !strings.ContainsFunc(name, odd)
}

// checkRuns refuses what is no name of a run; "" names none.
func checkRuns(runs []string) error {
	for _, run := range runs {
		if run != "" && !ValidRun(run) {
			return fmt.Errorf("%.100q is no name of a run", run)
		}
	}
	return nil
}
