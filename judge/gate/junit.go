package gate

import (
	"encoding/xml"
	"fmt"
	"io"
)

// The elements of a JUnit report that CI systems read: a suite a cell, a case
// a check. What is inconclusive is an error: it is no pass.
type (
	suites struct {
		XMLName  xml.Name `xml:"testsuites"`
		Name     string   `xml:"name,attr"`
		Tests    int      `xml:"tests,attr"`
		Failures int      `xml:"failures,attr"`
		Errors   int      `xml:"errors,attr"`
		Suites   []suite  `xml:"testsuite"`
	}
	suite struct {
		Name     string     `xml:"name,attr"`
		Tests    int        `xml:"tests,attr"`
		Failures int        `xml:"failures,attr"`
		Errors   int        `xml:"errors,attr"`
		Cases    []testCase `xml:"testcase"`
	}
	testCase struct {
		ClassName string   `xml:"classname,attr"`
		Name      string   `xml:"name,attr"`
		Failure   *problem `xml:"failure"`
		Error     *problem `xml:"error"`
		Output    string   `xml:"system-out,omitempty"`
	}
	problem struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
)

// WriteJUnit writes a report as JUnit XML.
func WriteJUnit(w io.Writer, r *Report) error {
	all := suites{Name: "tcpbench gate", Tests: len(r.Checks), Failures: r.count(Failed), Errors: r.count(Inconclusive)}
	for _, cell := range r.cells() {
		all.Suites = append(all.Suites, r.suite(cell))
	}
	b, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return fmt.Errorf("encode report: %w", err)
	}
	return put(w, xml.Header+string(b)+"\n")
}

func (r *Report) suite(cell string) suite {
	s := suite{Name: cell}
	for _, c := range r.Checks {
		if c.Cell != cell {
			continue
		}
		s.Tests++
		tc := testCase{ClassName: cell, Name: c.Name}
		switch p := (&problem{Message: c.brief(), Type: string(c.Answer), Text: c.String()}); c.Answer {
		case Failed:
			s.Failures++
			tc.Failure = p
		case Inconclusive:
			s.Errors++
			tc.Error = p
		default:
			tc.Output = c.String()
		}
		s.Cases = append(s.Cases, tc)
	}
	return s
}

// String is a check with its answer in a sentence.
func (c Check) String() string { return c.Cell + ": " + c.Name + " " + c.brief() }

// brief is the answer with what was measured.
func (c Check) brief() string {
	out := string(c.Answer)
	if c.Measured != "" {
		out += ": " + c.Measured
	}
	if c.Why != "" {
		out += ": " + c.Why
	}
	return out
}
