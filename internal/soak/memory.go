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

// What a server that does not leak may have grown by between the second and the last quarter of a run.
const (
	growthFactor = 1.25
	growthBytes  = 24 << 20
	growthCount  = 60
)

// sample is what a server's metrics said once.
type sample struct{ resident, goroutines, files float64 }

// memory watches one server.
type memory struct {
	stop    context.CancelFunc
	running sync.WaitGroup

	mu      sync.Mutex
	samples []sample
	err     error
}

// watchMemory reads metrics every second.
func watchMemory(ctx context.Context, address string) *memory {
	ctx, stop := context.WithCancel(ctx)
	m := &memory{stop: stop}
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
	wanted := map[string]*float64{"process_resident_memory_bytes": &s.resident, "go_goroutines": &s.goroutines, "process_open_fds": &s.files}
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

// quarter is the median of a quarter of the run, from 0.
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
func goroutines(s sample) float64 { return s.goroutines }
func files(s sample) float64      { return s.files }

// faults tells what has grown.
func (m *memory) faults() []string {
	var all []string
	for _, row := range []struct {
		name string
		of   func(sample) float64
		more float64
	}{{"resident memory", resident, growthBytes}, {"goroutines", goroutines, growthCount}, {"open files", files, growthCount}} {
		before, after := m.quarter(1, row.of), m.quarter(3, row.of)
		if before == 0 || after > before*growthFactor+row.more {
			all = append(all, fmt.Sprintf("%s of the server that lived on: %.0f in the second quarter, %.0f in the last", row.name, before, after))
		}
	}
	return all
}
