package main

import (
	"strings"
	"testing"
)

const twoRounds = `goos: linux
cpu: Some Processor
BenchmarkDecode/client/1000-2   	      99	   100 ns/op	 144.25 MB/s	 200 cpu-ns/op
BenchmarkDecode/map/1000-2      	      99	   300 ns/op	 600 cpu-ns/op
PASS
BenchmarkDecode/client/1000-2   	      99	   1000 ns/op	 144.25 MB/s	 2000 cpu-ns/op
BenchmarkDecode/map/1000-2      	      99	   2000 ns/op	 4000 cpu-ns/op
`

func TestRatiosAreTakenRoundByRound(t *testing.T) {
	g, err := readGo(strings.NewReader(twoRounds))
	if err != nil {
		t.Fatal(err)
	}
	ratio := g.ratio("Decode/map/1000", "Decode/client/1000", cpuTime)
	if len(ratio) != 2 || ratio[0] != 3 || ratio[1] != 2 || ratio.median() != 2.5 {
		t.Errorf("%v, median %v", ratio, ratio.median())
	}
	if g.rounds != 2 || g.cpu != "Some Processor" {
		t.Errorf("%d rounds on %q", g.rounds, g.cpu)
	}
}

func TestATargetWithoutAMeasurementIsNotMet(t *testing.T) {
	for _, x := range targets(goResults{}, browserResults{}) {
		if x.met {
			t.Errorf("%s is met by nothing", x.what)
		}
	}
	if _, err := readGo(strings.NewReader("PASS\n")); err == nil {
		t.Error("an output without benchmarks is read")
	}
}

func TestAMissedTargetSaysWhy(t *testing.T) {
	g, err := readGo(strings.NewReader(twoRounds + "BenchmarkPage/list/1000-2 1 9 ns/op 9 cpu-ns/op\nBenchmarkPage/list-bare/1000-2 1 1 ns/op 1 cpu-ns/op\n"))
	if err != nil {
		t.Fatal(err)
	}
	if text := page(g, browserResults{}); !strings.Contains(text, slowPage) || !strings.Contains(text, "**missed**") {
		t.Error(text)
	}
}

func TestNumbersAreWrittenToBeRead(t *testing.T) {
	for _, row := range []struct {
		value float64
		unit  string
		want  string
	}{
		{1_234_567, "ns/op", "1.23 ms"},
		{999, cpuTime, "999 ns"},
		{45_000, "B", "45 kB"},
		{144_161_256, "body-B", "144 MB"},
		{0.0213, "ms", "21.3 µs"},
		{2_900, "ms", "2.90 s"},
		{6, "", "6"},
		{123_456, "rows/s", "123,456"},
		{0.5, "times", "0.50 times"},
	} {
		if got := format(row.value, row.unit); got != row.want {
			t.Errorf("format(%v, %q) = %q, want %q", row.value, row.unit, got, row.want)
		}
	}
}
