package soak

import "time"

// report tells what was borne, which depends on the machine.
func (s *soak) report(took time.Duration) {
	reads := 0
	for _, b := range s.browsers {
		reads += b.reads
	}
	s.say("%.0f reads a second; the API was asked for %d lists", float64(reads)/took.Seconds(), s.witness.lists)
	mebibytes := func(n int) float64 { return s.memory.quarter(n, resident) / (1 << 20) }
	s.say("the server that lived on, by quarters: %.0f, %.0f, %.0f, %.0f MiB; %.0f goroutines, %.0f open files at the end",
		mebibytes(0), mebibytes(1), mebibytes(2), mebibytes(3), s.memory.quarter(3, goroutines), s.memory.quarter(3, files))
}
