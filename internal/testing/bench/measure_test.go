package main

import (
	"testing"
	"time"
)

// measure runs op b.N times and reports CPU time besides wall time: on a shared
// machine only CPU time can be compared.
func measure(b *testing.B, op func()) {
	b.Helper()
	b.ReportAllocs()
	began := cpu()
	for b.Loop() {
		op()
	}
	b.ReportMetric(float64(cpu()-began)/float64(b.N), "cpu-ns/op")
}

// stopwatch adds up the measured parts of a benchmark's rounds, without their
// preparation.
type stopwatch struct{ clock, cpu time.Duration }

func (s *stopwatch) time(op func()) {
	clock, used := time.Now(), cpu()
	op()
	s.clock += time.Since(clock)
	s.cpu += cpu() - used
}

func (s *stopwatch) report(b *testing.B) {
	b.Helper()
	b.ReportMetric(float64(s.clock)/float64(b.N), "ns/op")
	b.ReportMetric(float64(s.cpu)/float64(b.N), "cpu-ns/op")
}
