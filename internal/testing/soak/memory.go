package soak

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Limits for growth without a leak: of memory between the second and the last quarter of a run (with equally many
// accounts), and of goroutines and files between the start, when all have signed in, and the idle server after the end.
// Idle connections account for some: 32 to the stand-in with two goroutines each. A leak of one goroutine per renewal
// would be hundreds.
const (
	growthFactor = 1.1
	growthBytes  = 16 << 20
	growthCount  = 100

	// restWithin is how long after the last request a server may take to become idle, in seconds.
	restWithin = 20
)

// sample is one reading of a server's metrics. heap is the size at which the next collection begins: twice the size in
// use after the last one.
type sample struct{ resident, heap, goroutines, files float64 }

// memory samples one server's metrics.
type memory struct {
	address string
	stop    context.CancelFunc
	running sync.WaitGroup

	mu      sync.Mutex
	samples []sample
	err     error
	rested  sample
}

// watchMemory reads metrics every second.
func watchMemory(ctx context.Context, address string) *memory {
	ctx, stop := context.WithCancel(ctx)
	m := &memory{address: address, stop: stop}
	m.running.Go(func() {
		for {
			got, err := read(ctx, address)
			if ctx.Err() != nil {
				return
			}
			m.mu.Lock()
			m.samples, m.err = append(m.samples, got), errors.Join(m.err, err)
			m.mu.Unlock()
			select {
			case <-ctx.Done():
				return
			case <-time.After(time.Second):
			}
		}
	})
	return m
}

func (m *memory) end() error {
	m.stop()
	m.running.Wait()
	return m.err
}

// rest waits until the server has no more open than at the start, for at most restWithin.
func (m *memory) rest(ctx context.Context) (err error) {
	for range restWithin {
		if m.rested, err = read(ctx, m.address); err != nil || !m.holdsMore(goroutines) && !m.holdsMore(files) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
	return nil
}

// holdsMore reports whether the idle server has over growthCount more of something than at the start.
func (m *memory) holdsMore(of func(sample) float64) bool {
	return len(m.samples) == 0 || of(m.rested) > of(m.samples[0])+growthCount
}

func read(ctx context.Context, address string) (s sample, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return s, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, res.Body.Close()) }()
	wanted := map[string]*float64{"process_resident_memory_bytes": &s.resident, "go_memstats_next_gc_bytes": &s.heap, "go_goroutines": &s.goroutines, "process_open_fds": &s.files}
	lines := bufio.NewScanner(res.Body)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		if into := wanted[name]; into != nil {
			if *into, err = strconv.ParseFloat(value, 64); err != nil {
				return s, err
			}
		}
	}
	return s, lines.Err()
}

// quarter returns the median of a quarter of the run, counted from 0.
func (m *memory) quarter(n int, of func(sample) float64) float64 {
	var values []float64
	for _, s := range m.samples[n*len(m.samples)/4 : (n+1)*len(m.samples)/4] {
		values = append(values, of(s))
	}
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[len(values)/2]
}

func resident(s sample) float64   { return s.resident }
func heap(s sample) float64       { return s.heap }
func goroutines(s sample) float64 { return s.goroutines }
func files(s sample) float64      { return s.files }

// faults returns what has grown too much.
func (m *memory) faults() []string {
	var all []string
	fault := func(format string, args ...any) {
		all = append(all, fmt.Sprintf("the server that lived on: "+format, args...))
	}
	for name, of := range map[string]func(sample) float64{"resident": resident, "until the next collection": heap} {
		before, after := m.quarter(1, of), m.quarter(3, of)
		if before == 0 || after > before*growthFactor+growthBytes {
			fault("%.0f bytes %s in the second quarter, %.0f in the last", before, name, after)
		}
	}
	for name, of := range map[string]func(sample) float64{"goroutines": goroutines, "open files": files} {
		if m.holdsMore(of) {
			fault("%s at rest: %.0f, and many fewer in the begin", name, of(m.rested))
		}
	}
	return all
}
