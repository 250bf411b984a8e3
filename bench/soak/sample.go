package main

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// standard are the figures that Prometheus's client library gives each program, by its names.
func standard() map[string]quantity {
	return map[string]quantity{
		"go_goroutines":                 goroutines(),
		"go_memstats_heap_alloc_bytes":  heap(),
		"process_open_fds":              descriptors(),
		"process_resident_memory_bytes": rss(),
	}
}

// scrape reads them from a program's metrics.
func scrape(url string) (map[quantity]float64, error) {
	c := http.Client{Timeout: 10 * time.Second}
	resp, err := c.Get(url)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return exported(resp.Body)
}

// exported finds them in Prometheus's text. One that is not there is an error.
func exported(r io.Reader) (map[quantity]float64, error) {
	names, out := standard(), map[quantity]float64{}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		q, ok := names[name]
		if !ok {
			continue
		}
		f, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return nil, fmt.Errorf("metric %s: %w", name, err)
		}
		out[q] = f
	}
	for name, q := range names {
		if _, ok := out[q]; !ok {
			return nil, fmt.Errorf("metric %s is not exported: %w", name, lines.Err())
		}
	}
	return out, lines.Err()
}

// observe reads what the kernel tells of a process that exports nothing.
func observe(pid int) (map[quantity]float64, error) {
	dir := "/proc/" + strconv.Itoa(pid)
	statm, err := os.ReadFile(filepath.Join(dir, "statm"))
	if err != nil {
		return nil, err
	}
	var size, resident float64
	if _, err := fmt.Sscan(string(statm), &size, &resident); err != nil {
		return nil, fmt.Errorf("read %s/statm: %w", dir, err)
	}
	open, err := os.ReadDir(filepath.Join(dir, "fd"))
	if err != nil {
		return nil, err
	}
	tasks, err := os.ReadDir(filepath.Join(dir, "task"))
	if err != nil {
		return nil, err
	}
	return map[quantity]float64{rss(): resident * float64(os.Getpagesize()), descriptors(): float64(len(open)),
		threads(): float64(len(tasks))}, nil
}
