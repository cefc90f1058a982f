package soak

import "time"

// report prints the measurements, which depend on the machine.
func (s *soak) report(took time.Duration) {
	reads := 0
	for _, b := range s.browsers {
		reads += b.reads
	}
	s.say("%.0f reads a second; the API was asked for %d lists", float64(reads)/took.Seconds(), s.recorder.lists)
	for name, of := range map[string]func(sample) float64{"resident": resident, "until the next collection": heap} {
		mebibytes := func(n int) float64 { return s.memory.quarter(n, of) / (1 << 20) }
		s.say("the server that lived on, by quarters: %.0f, %.0f, %.0f, %.0f MiB %s", mebibytes(0), mebibytes(1), mebibytes(2), mebibytes(3), name)
	}
	s.say("goroutines %.0f, %.0f under load and %.0f at rest; open files %.0f, %.0f and %.0f",
		goroutines(s.memory.samples[0]), s.memory.quarter(3, goroutines), goroutines(s.memory.rested),
		files(s.memory.samples[0]), s.memory.quarter(3, files), files(s.memory.rested))
}
