package workload

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"tcpbench/internal/sockdiag"
	"tcpbench/metrics"
	"tcpbench/scenario"
	"tcpbench/workload/engine"
	"tcpbench/workload/pace"
)

// lateCut is how long the sampler waits for a worker that is in the middle of
// something when an interval ends.
const lateCut = 100 * time.Millisecond

// resendTime is how long it may take, after exhaustion, until a FIN is sent again that has
// no ACK: its connection waits, and does not only pass.
const resendTime = time.Second

// RestAfterFailure is how long none is begun in the place of a connection that failed.
const RestAfterFailure = engine.RestAfterFailure

// Observer is told about a run while it goes on, from the goroutine that
// called Run.
type Observer struct {
	// Started is called soon after load has begun, from another goroutine, and says when it was
	// to begin, and by how much later than that its first start was. With a warm-up that is
	// before Begin.
	Started func(time.Time)
	// Begin is called when counting begins, after the warm-up.
	Begin func()
	// Interval is called at the end of every interval.
	Interval func(metrics.Interval)
}

// Run drives the destinations as o says until its end, until ctx is done, or
// until exhaustion ends it. Failures of connections are in the measurement;
// an error means that the run could not take place.
func Run(ctx context.Context, o Options, obs Observer) (*Measurement, error) {
	if err := o.validate(); err != nil {
		return nil, fmt.Errorf("run workload: %w", err)
	}
	r, err := newRun(o, obs)
	if err != nil {
		return nil, fmt.Errorf("run workload: %w", err)
	}
	defer r.sampler.close()
	defer r.witness.close()
	before, _ := r.sampler.ports(sockdiag.AnyState) // an error shows in every sample
	r.m.HeldBefore = before.inUse - before.reusable
	r.control.Loosen(o.loose(r.m.HeldBefore))
	if r.control.Start, err = r.await(ctx); err != nil {
		return nil, fmt.Errorf("run workload: %w", err)
	}
	stop := context.AfterFunc(ctx, r.control.Cancel)
	defer stop()
	stopStalls := r.watchStalls()
	defer r.endWhenEnough()()
	r.startWorkers()
	defer r.tellStart()()
	endCut := r.cutLink()
	r.watch()
	endCut()
	stopStalls()
	if err := r.wait(); err != nil {
		return nil, fmt.Errorf("run workload: %w", err)
	}
	if r.m.Canceled = ctx.Err() != nil; r.cutErr != nil {
		return nil, fmt.Errorf("run workload: %w", r.cutErr)
	}
	return r.measurement(), nil
}

// endWhenEnough stops the run when others have seen enough, until the function that
// it returns is called.
func (r *run) endWhenEnough() func() {
	over := make(chan struct{})
	go func() { // ends with the run
		select {
		case <-r.options.Enough:
			r.control.Stop()
		case <-over:
		}
	}()
	return func() { close(over) }
}

// tellAfter is how long after its beginning a run tells of it, and tellWithin until when all of many
// have that began at once: where they are on one host, telling must not keep others from a processor.
const tellAfter, tellWithin = 100 * time.Millisecond, 500 * time.Millisecond

// tellStart tells, from another goroutine, when load began. The function that it returns
// makes up for it where the run is over before.
func (r *run) tellStart() func() {
	if r.observer.Started == nil {
		return func() {}
	}
	tell := func() bool {
		late := r.control.Began()
		if late > 0 {
			r.observer.Started(r.at(late))
		}
		return late > 0
	}
	done, told := make(chan struct{}), make(chan bool)
	go func() { told <- r.tellInTurn(done, tell) }()
	return func() {
		if close(done); !<-told {
			tell()
		}
	}
}

// tellInTurn reports whether the beginning was told before done.
func (r *run) tellInTurn(done <-chan struct{}, tell func() bool) bool {
	part := r.options.Part
	turn := time.Duration(part.Index) * (tellWithin - tellAfter) / time.Duration(max(part.Of, 1))
	next := time.NewTimer(time.Until(r.control.Start) + tellAfter + turn)
	defer next.Stop()
	for {
		select {
		case <-done:
			return false
		case <-next.C:
			if tell() {
				return true
			}
			next.Reset(tellAfter)
		}
	}
}

// cutLink takes the link down when its time has come; the function that it
// returns waits for that, or prevents it.
func (r *run) cutLink() func() {
	if r.options.CutLink == 0 || r.options.Cut == nil {
		return func() {}
	}
	done := make(chan struct{})
	timer := time.AfterFunc(time.Until(r.at(r.options.CutLink)), func() {
		defer close(done)
		if r.cutErr = r.options.Cut(); r.cutErr != nil {
			r.control.Cancel()
			return
		}
		r.control.Cut()
	})
	return func() {
		if !timer.Stop() {
			<-done
		}
	}
}

// run is a run under way.
type run struct {
	options   Options
	plan      *engine.Plan
	drive     engine.Engine
	observer  Observer
	control   *engine.Control
	collector *collector
	sampler   *sampler
	witness   *witness
	recorders []*metrics.Recorder
	steady    SteadyWatch
	stalls    *metrics.Recorder // of the process
	obtained  int64             // ports, in intervals that are over
	history   *metrics.History
	ranOut    *engine.Exhaustion // the one that the history has a mark for
	cameBack  bool               // whether it has one for a recovery

	workers sync.WaitGroup
	errs    []error // of each worker; read after workers.Wait
	cutErr  error   // why the link could not be cut

	later map[string]int // states of closed connections a moment after exhaustion

	base sample // when counting began
	last sample
	m    Measurement
}

func newRun(o Options, obs Observer) (*run, error) {
	plan, err := o.plan()
	if err != nil {
		return nil, err
	}
	drive, err := engine.Named(o.Engine)
	if err != nil {
		return nil, err
	}
	r := &run{
		options:   o,
		plan:      plan,
		drive:     drive,
		observer:  obs,
		collector: newCollector(o.Threads),
		sampler:   newSampler(o),
		witness:   newWitness(o),
		errs:      make([]error, o.Threads),
		stalls:    metrics.NewBareRecorder(),
		history:   metrics.NewHistory(),
		steady:    NewSteadyWatch(o.Capacity, o.Steady, o.Warmup),
	}
	r.control = engine.NewControl(r.plan, time.Now())
	r.control.End = engine.Forever
	if limit := o.TimeLimit(); limit > 0 {
		r.control.End = o.Warmup + limit
	}
	r.control.Limit = o.Count
	r.control.OnExhausted = o.OnExhausted
	r.control.InTurn = o.Part.Of > 1
	r.control.Witness = r.witness.look
	if o.Until == scenario.UntilDuration && o.OnExhausted == scenario.OnExhaustedStop {
		r.control.OnExhausted = scenario.OnExhaustedContinue // the duration ends the run
	}
	return r, nil
}

// plan is what the engine does for every connection.
func (o Options) plan() (*engine.Plan, error) {
	request, last, err := o.Requests()
	if err != nil {
		return nil, err
	}
	closing, err := o.Close.Closing()
	if err != nil {
		return nil, fmt.Errorf("close: %w", err)
	}
	messages, err := o.messages()
	if err != nil {
		return nil, err
	}
	answers, err := o.answers()
	if err != nil {
		return nil, err
	}
	return &engine.Plan{
		Sources:      o.Sources,
		Networks:     o.Networks,
		Destinations: o.Destinations,
		File:         o.File,
		Reserves:     o.reserves(),
		Threads:      o.Threads,
		Linger:       o.Linger,
		Closing:      closing,
		BindNoPort:   o.BindNoPort,
		Keep:         o.Sockets == scenario.SocketsKeep,
		Parked:       o.parked(),

		BlockingClose: o.BlockingClose,

		SourcePorts: o.SourcePorts,
		Walk:        o.walk(),

		ProxyProtocol: o.ProxyProtocol,

		Mode:         o.Mode,
		Request:      request,
		Last:         last,
		Messages:     messages,
		ResponseSize: o.ResponseSize,
		HTTP:         answers,
		Exchange:     o.Exchange,
		First:        slices.Concat(o.Hello, o.Exchange),
		Hello:        len(o.Hello),
		Timeout:      o.Timeout,

		RequestsPerConn: o.RequestsPerConn,
		TCPKeepalive:    o.TCPKeepalive,
		Seed:            o.Seed,
		NATPorts:        o.NATPorts,
		Program:         o.Program,
	}, nil
}

// pacer is worker i's part of the plan of starts; nil in a closed loop. The
// warm-up has its part of it. Of several hosts each has its part, too.
func (o Options) pacer(i int) *pace.Pacer {
	if o.Rate.IsZero() {
		return nil
	}
	hosts := max(o.Part.Of, 1)
	p := pace.Plan{From: o.Rate.From * float64(hosts), To: o.Rate.To * float64(hosts),
		Arrival: pace.Arrival(o.Arrival), Duration: o.planned(), Seed: o.Seed}
	return p.Worker(o.Part.Index*o.Threads+i, hosts*o.Threads)
}

// planned is when the plan of starts ends, from the beginning of the warm-up.
// Where only a count ends the run, a constant rate goes on until it is reached.
func (o Options) planned() time.Duration {
	if o.TimeLimit() == 0 && !o.Rate.Ramp() {
		return engine.Forever / 2
	}
	return o.Warmup + o.PlannedTime()
}

// recorder is an empty one.
func (o Options) recorder() *metrics.Recorder {
	if o.Bare {
		return metrics.NewBareRecorder()
	}
	return metrics.NewRecorder()
}

// startWorkers starts one thread a worker; wait returns when all have ended.
func (r *run) startWorkers() {
	for i := range r.options.Threads {
		rec := r.options.recorder()
		r.recorders = append(r.recorders, rec)
		task := engine.Task{
			Plan:        r.plan,
			Control:     r.control,
			Worker:      i,
			Pacer:       r.options.pacer(i),
			Concurrency: share(r.options.Concurrency, r.options.Threads, i),
			Recorder:    rec,
			Interval:    r.options.Interval,
			Cut:         r.collector.cutter(i),
			Warmup:      r.options.Warmup,
		}
		if r.options.Log != nil {
			task.Log = r.options.Log(i)
		}
		r.workers.Go(func() {
			r.errs[i] = r.options.onThread(func() error {
				return r.onProcessor(i, func() error { return r.drive(task) })
			})
			r.collector.lost(i, time.Since(r.control.Start))
		})
	}
}

// share is part i of n connections divided over so many workers.
func share(n, workers, i int) int {
	part := n / workers
	if i < n%workers {
		part++
	}
	return part
}

func (r *run) wait() error {
	r.workers.Wait()
	return errors.Join(r.errs...)
}

// watch samples at the end of every interval until all workers have ended.
func (r *run) watch() {
	begun := r.options.Warmup
	if begun > 0 {
		if r.collector.wait(engine.Forever, r.at(begun)) {
			begun = min(begun, r.collector.end())
		}
		r.begin()
		r.m.StartedAt = r.at(begun)
	}
	from := begun
	for to := begun + r.options.Interval; ; to += r.options.Interval {
		if r.collector.wait(engine.Forever, r.at(to)) {
			now := r.sampler.settled()
			if r.lookAgain(resendTime) {
				now = r.sampler.take()
			}
			end := r.collector.end()
			r.interval(from, end, now)
			r.m.Duration = max(min(end, r.control.Offered())-begun, 0)
			r.m.Drain = max(end-begun, 0) - r.m.Duration
			return
		}
		now := r.sampler.take()
		if ex := r.control.Exhausted(); ex != nil && to > ex.At+resendTime {
			r.lookAgain(0)
		}
		r.collector.wait(to, time.Now().Add(min(lateCut, r.options.Interval)))
		r.judge(to, now, r.interval(from, to, now))
		from = to
	}
}

// at is the wall clock at a time of the run.
func (r *run) at(t time.Duration) time.Time { return r.control.Start.Add(t) }

// begin starts the count.
func (r *run) begin() {
	r.base = r.sampler.take()
	r.last = r.base
	if r.observer.Begin != nil {
		r.observer.Begin()
	}
}

// lookAgain notes, once, in which states connections wait that were closed when
// ports ran out. It waits for those that may only pass, for so long at most; it reports
// whether it did any of that.
func (r *run) lookAgain(patience time.Duration) bool {
	ex := r.control.Exhausted()
	if ex == nil || r.later != nil {
		return false
	}
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		r.later = r.witness.closed(*ex, r.sampler.sockets)
		p, err := r.sampler.ports(sockdiag.NotTimeWait)
		if err != nil || waiting(r.later) >= p.over || !time.Now().Before(end) {
			return true
		}
	}
}

// waiting counts those that are not in TIME_WAIT.
func waiting(states map[string]int) int {
	n := -states["TIME_WAIT"]
	for _, ports := range states {
		n += ports
	}
	return n
}

// interval keeps one stretch of the run.
func (r *run) interval(from, to time.Duration, now sample) metrics.Interval {
	iv := r.collector.take(to-r.options.Warmup, to-from)
	iv.TimeWait = now.timeWait
	if now.inUse != nil {
		iv.PortsInUse, iv.PortsReusable = now.inUse, now.reusable
		iv.PortsCapacity = &r.options.Capacity
	}
	iv.FinWait2 = now.finWait2
	if k := now.keepalive; k != nil {
		ms := k.next.Milliseconds()
		iv.KeepaliveTimerMS, iv.KeepaliveProbes = &ms, &k.probes
	}
	user, system := (now.user - r.last.user).Seconds(), (now.system - r.last.system).Seconds()
	iv.CPUUserS, iv.CPUSystemS = &user, &system
	r.last = now
	r.history.Add(iv)
	r.mark(to)
	if r.observer.Interval != nil {
		r.observer.Interval(iv)
	}
	return iv
}

// mark has the history keep what lies around the interval that has just ended, where
// something happened in it.
func (r *run) mark(to time.Duration) {
	if ex := r.control.Exhausted(); ex != nil && ex != r.ranOut { // one may be doubted, and another one follow
		r.ranOut = ex
		r.history.Mark(metrics.MarkExhausted, 0)
	}
	_, back := r.control.RecoveredAfter()
	if back && !r.cameBack {
		r.history.Mark(metrics.MarkRecovered, 0)
	}
	r.cameBack = back
	if cut := r.options.CutLink; cut > 0 && to >= cut {
		r.history.Once(metrics.MarkCut)
	}
}

// judge decides whether the load is steady, and ends a run that was to go on
// until it is. What comes after that, the last connections, changes nothing.
func (r *run) judge(at time.Duration, now sample, iv metrics.Interval) {
	r.obtained += iv.Obtained
	if r.m.Sustained || now.inUse == nil || at > r.control.Offered() {
		return
	}
	r.m.Steady = r.steady.Observe(at, now.kept(r.options), iv.Succeeded > 0 || iv.RequestsPerSecond > 0)
	r.m.Sustained = r.options.Sustains(r.steady, at, r.obtained, iv.Obtained) &&
		r.control.Exhausted() == nil && (r.options.Lasts == nil || r.options.Lasts())
	if r.m.Sustained && r.options.Until == scenario.UntilExhausted {
		r.control.Stop()
	}
}

// served is what rates are over; a count that ends a plan ends it with its last
// start, whose connection goes on. Answers that fell behind the plan took so much longer than
// it: the last of them came that long after it, where it was not given up.
func (o Options) served(m *Measurement) time.Duration {
	late := &m.Recorder.Lateness
	if !late.Kept() {
		return m.Duration + m.Recorder.Drained/time.Duration(o.Concurrency)
	}
	planned := m.Duration
	if o.TimeLimit() == 0 {
		planned = min(m.Duration, o.PlannedTime())
	}
	return planned + min(time.Duration(late.FellBehind()*float64(planned)), m.Drain)
}

// measurement puts the workers' parts together.
func (r *run) measurement() *Measurement {
	m := &r.m
	m.Threads = r.threads()
	m.Recorder = r.recorders[0]
	for _, rec := range r.recorders[1:] {
		m.Recorder.Merge(rec)
	}
	m.Recorder.Merge(r.stalls)
	m.CPUUser, m.CPUSystem = r.last.user-r.base.user, r.last.system-r.base.system
	m.History = r.history
	m.SampleErrors = r.sampler.errs()
	if m.Evidence, m.Refusal = r.witness.evidence, r.witness.refusal; m.Evidence != nil {
		m.Evidence.Later = r.later
	}
	m.PortsAtStart, m.Ended = r.base.inUse, r.last.ended
	m.Served = r.options.served(m)
	if ex := r.control.Exhausted(); ex != nil {
		m.Exhausted = &Exhausted{Failure: ex.Failure, After: ex.At, AfterConnections: m.Recorder.ObtainedAtExhaustion}
		if d, ok := r.control.RecoveredAfter(); ok {
			m.Exhausted.RecoveredAfter = &d
		}
	} else {
		m.Recorder.SeriesAtExhaustion = metrics.Series{} // a failure that looked like it
	}
	return m
}
