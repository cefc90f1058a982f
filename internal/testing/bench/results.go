package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// goResults are the results of Go benchmarks by name ("Decode/map/1000") and
// unit ("ns/op"): one value per round.
type goResults struct {
	values map[string]map[string][]float64
	cpu    string
	rounds int
}

var errNothing = errors.New("there are no measurements in it")

// processors is GOMAXPROCS, which the testing package appends to a name.
var processors = regexp.MustCompile(`-\d+$`)

// readGo reads the format of `go test -bench`.
func readGo(r io.Reader) (goResults, error) {
	g := goResults{values: make(map[string]map[string][]float64)}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if cpu, found := strings.CutPrefix(lines.Text(), "cpu: "); found {
			g.cpu = cpu
		}
		fields := strings.Fields(lines.Text())
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		name := processors.ReplaceAllString(strings.TrimPrefix(fields[0], "Benchmark"), "")
		if g.values[name] == nil {
			g.values[name] = make(map[string][]float64)
		}
		for i := 2; i+1 < len(fields); i += 2 {
			value, err := strconv.ParseFloat(fields[i], 64)
			if err != nil {
				return g, err
			}
			g.values[name][fields[i+1]] = append(g.values[name][fields[i+1]], value)
			g.rounds = max(g.rounds, len(g.values[name][fields[i+1]]))
		}
	}
	if len(g.values) == 0 {
		return g, errors.Join(lines.Err(), errNothing)
	}
	return g, lines.Err()
}

// of returns the values of all rounds, or none.
func (g goResults) of(name, unit string) sample { return g.values[name][unit] }

// ratio divides round by round, so that a busier machine in one round affects
// both values.
func (g goResults) ratio(of, by, unit string) sample {
	return g.of(of, unit).by(g.of(by, unit))
}

// browserResults are the measurements in the browser.
type browserResults struct {
	Browser string        `json:"browser"`
	Users   int           `json:"users"`
	Cases   []browserCase `json:"cases"`
}

// browserCase has several measurements of one quantity under one condition.
type browserCase struct {
	Name      string `json:"name"`
	Condition string `json:"condition"`
	Unit      string `json:"unit"`
	Values    sample `json:"values"`
}

func readBrowser(r io.Reader) (b browserResults, err error) {
	if err = json.NewDecoder(r).Decode(&b); err == nil && len(b.Cases) == 0 {
		err = errNothing
	}
	return b, err
}

// of returns the measurements of a case.
func (b browserResults) of(name, condition string) sample {
	for _, c := range b.Cases {
		if c.Name == name && c.Condition == condition {
			return c.Values
		}
	}
	return nil
}

// ratio divides run by run, see goResults.ratio.
func (b browserResults) ratio(of, by, condition string) sample {
	return b.of(of, condition).by(b.of(by, condition))
}

// sample has the measurements of one quantity.
type sample []float64

// median returns the median.
func (s sample) median() float64 {
	if len(s) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(s))
	return (sorted[(len(s)-1)/2] + sorted[len(s)/2]) / 2
}

func (s sample) by(t sample) sample {
	ratios := make(sample, 0, len(s))
	for i := range min(len(s), len(t)) {
		if t[i] != 0 {
			ratios = append(ratios, s[i]/t[i])
		}
	}
	return ratios
}
