package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"tcpbench/experiment/cell"
	"tcpbench/host/exporter"
	"tcpbench/internal/fault"
	"tcpbench/law/capacity"
	"tcpbench/law/headroom"
	"tcpbench/metrics"
	"tcpbench/report/live"
	"tcpbench/results"
)

// metricsFlag is where Prometheus finds a run while it goes on; "" nowhere.
type metricsFlag struct{ addr string }

func (f *metricsFlag) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.addr, "metrics-listen", "", "serve Prometheus at http://`ADDR:PORT`/metrics while it goes on")
}

// serve serves what measure measures, until stop is called. measured is measure, observed.
func (f metricsFlag) serve(s streams) (measured cell.Measurer, stop func(), err error) {
	measure := s.kernel.measure
	if f.addr == "" {
		return measure, func() {}, nil
	}
	run := exporter.NewRun()
	stop, err = serveMetrics(s, "--metrics-listen", f.addr, run.Handler())
	return exported(run, measure, s.lawOf), stop, err
}

// exported tells run of what measure observes.
func exported(run *exporter.Run, measure cell.Measurer, lawOf func(cell.Spec) *capacity.Settings) cell.Measurer {
	return func(ctx context.Context, s cell.Spec, observe func(metrics.Interval)) (*results.Run, error) {
		run.Begin((&results.Run{Cell: s.Labels}).CellLabel(), s.Repeat, time.Now())
		track := live.NewTrack(s.Workload, lawOf(s))
		return measure(ctx, s, func(iv metrics.Interval) {
			track.Add(iv)
			var forecast *headroom.Forecast
			if f, ok := track.Forecast(); ok {
				forecast = &f
			}
			run.Observe(iv, forecast)
			if observe != nil {
				observe(iv)
			}
		})
	}
}

// serveMetrics serves metrics at the address that a flag has, until stop is called.
func serveMetrics(s streams, flag, addr string, metrics http.Handler) (stop func(), err error) {
	if _, port, err := net.SplitHostPort(addr); err != nil || port == "" || strings.Contains(addr, "/") {
		return nil, fault.Usagef("%s: %q is not an address and a port, such as 127.0.0.1:9464", flag, addr)
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fault.Host(fmt.Errorf("%s: %w; take an address of this host and a port that is free, "+
			"such as 127.0.0.1:9464", flag, err))
	}
	srv := &http.Server{Handler: metrics, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute}
	done := make(chan struct{})
	go func() { // ended by stop
		defer close(done)
		if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			fmt.Fprintln(s.err, "tcpbench: metrics are no longer served:", err)
		}
	}()
	fmt.Fprintf(s.err, "metrics: http://%s/metrics\n", l.Addr())
	return func() { srv.Close(); <-done }, nil
}
