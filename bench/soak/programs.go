package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// programs are the three that soak: a server, a load on it, and watch, which sees both. All
// are in one network namespace.
type programs struct {
	serve, run, watch *exec.Cmd
	runURL, watchURL  string
}

// longer is how much longer than the soak the load is to last: it is ended, not waited for.
const longer = time.Minute

// begin starts them.
func begin(bin, dir string, length time.Duration) (*programs, error) {
	p := &programs{}
	if err := p.start(bin, dir, length); err != nil {
		return nil, errors.Join(err, p.end())
	}
	return p, nil
}

func (p *programs) start(bin, dir string, length time.Duration) error {
	var at string
	var err error
	if p.serve, at, err = start("listening on ", exec.Command(bin, "serve", "--listen", "127.0.0.1:0")); err != nil {
		return err
	}
	p.watch, p.watchURL, err = start("metrics: ", exec.Command(bin, "watch", "--listen", "127.0.0.1:0"))
	if err != nil {
		return err
	}
	p.run, p.runURL, err = start("metrics: ", exec.Command(bin, "run", "--rate", strconv.Itoa(rate), "-c", "10",
		"-z", (length+longer).String(), "--interval", interval.String(), "--metrics-listen", "127.0.0.1:0",
		"-o", filepath.Join(dir, "soak.json"), at))
	return err
}

// start starts a program, and returns what follows word, by which it says where it serves.
// What else it says is dropped.
func start(word string, cmd *exec.Cmd) (*exec.Cmd, string, error) {
	says, theirs, err := os.Pipe() // serve says it on stdout, others on stderr
	if err != nil {
		return nil, "", err
	}
	cmd.Stdout, cmd.Stderr = theirs, theirs
	err = cmd.Start()
	theirs.Close() // so that its end is the end of what is read
	if err != nil {
		return nil, "", fmt.Errorf("start %s: %w; make build", cmd.Path, err)
	}
	lines, said := bufio.NewReader(says), ""
	for {
		line, err := lines.ReadString('\n')
		said += line
		if _, url, ok := strings.Cut(line, word); ok {
			go func() { _, _ = io.Copy(io.Discard, lines) }() // ends with the program
			return cmd, strings.TrimSpace(url), nil
		}
		if err != nil {
			return nil, "", fmt.Errorf("%s does not serve: %w: %s", cmd, errors.Join(err, cmd.Wait()), said)
		}
	}
}

// follow samples until length is over.
func (p *programs) follow(length time.Duration, stop <-chan os.Signal) ([]*series, error) {
	var all []*series
	tick := time.NewTicker(every)
	defer tick.Stop()
	for began := time.Now(); time.Since(began) < length; {
		select {
		case s := <-stop:
			return nil, fmt.Errorf("%v after %v", s, time.Since(began).Round(time.Second))
		case <-tick.C:
		}
		var err error
		if all, err = p.sample(all); err != nil {
			return nil, fmt.Errorf("after %v: %w", time.Since(began).Round(time.Second), err)
		}
		if n := len(all[0].values); n%int(time.Minute/every) == 0 {
			tellNow(time.Since(began), all)
		}
	}
	return all, nil
}

// sample appends what each process has now.
func (p *programs) sample(all []*series) ([]*series, error) {
	add := func(process string, of map[quantity]float64) {
		for q, v := range of {
			i := slices.IndexFunc(all, func(s *series) bool { return s.process == process && s.figure == q })
			if i < 0 {
				i, all = len(all), append(all, &series{process: process, figure: q})
			}
			all[i].values = append(all[i].values, v)
		}
	}
	for process, url := range map[string]string{"run": p.runURL, "watch": p.watchURL} {
		of, err := scrape(url)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", process, err)
		}
		add(process, of)
	}
	of, err := observe(p.serve.Process.Pid)
	if err != nil {
		return nil, fmt.Errorf("serve: %w", err)
	}
	add("serve", of)
	return all, nil
}

// tellNow writes a line of what there is now.
func tellNow(since time.Duration, all []*series) {
	line := fmt.Sprintf("%6s", since.Round(time.Second))
	for _, s := range all {
		if s.figure != threads() {
			line += fmt.Sprintf("  %s %s %.4g", s.process, s.figure.label(), s.values[len(s.values)-1]/s.figure.scale)
		}
	}
	fmt.Println(line)
}

// end interrupts those that were started. How they end is checked: a load that is
// interrupted keeps what it measured.
func (p *programs) end() error {
	var errs []error
	for _, of := range []struct {
		cmd    *exec.Cmd
		status int
	}{{p.run, 130}, {p.watch, 0}, {p.serve, 0}} {
		if of.cmd == nil {
			continue
		}
		errs = append(errs, of.cmd.Process.Signal(os.Interrupt))
		_ = of.cmd.Wait() // its status says it
		if got := of.cmd.ProcessState.ExitCode(); got != of.status {
			errs = append(errs, fmt.Errorf("%s %s ended with %d, want %d", of.cmd.Path, of.cmd.Args[1], got, of.status))
		}
	}
	return errors.Join(errs...)
}
