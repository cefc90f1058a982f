package main

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
)

// The unit of CPU time, and the two conditions in the browser.
const (
	cpuTime = "cpu-ns/op"
	plainly = ""
	slowly  = "slow"
)

// page returns the text of docs/performance.md.
func page(g goResults, b browserResults) string {
	var out strings.Builder
	fmt.Fprintf(&out, head, runtime.GOMAXPROCS(0), cpuName(g), runtime.Version(), b.Browser, g.rounds, len(b.of("First row, cold", plainly)))
	out.WriteString("\n## Targets\n\n| what | promised | measured | spread | |\n| --- | --- | ---: | ---: | --- |\n")
	all := targets(g, b)
	for _, t := range all {
		fmt.Fprintf(&out, "| %s | %s | %s | %s | %s |\n", t.what, t.promise, format(t.measured.median(), t.unit), spread(t.measured, t.unit), verdict(t))
	}
	for _, t := range all {
		if !t.met && t.missed != "" {
			fmt.Fprintf(&out, "\n**%s** is missed. %s\n", t.what, t.missed)
		}
	}
	for _, table := range tables() {
		out.WriteString(table.write(g))
	}
	writeBrowser(&out, b)
	return out.String()
}

func cpuName(g goResults) string {
	if g.cpu == "" {
		return "unknown"
	}
	return g.cpu
}

func verdict(t target) string {
	if t.met {
		return "met"
	}
	return "**missed**"
}

const head = `# Performance

Written by ` + "`make bench`" + `, which measures on the spot; don't edit it. Timings are never asserted by a test: a busy machine
is no fault of the code. Bytes and requests are, in ` + "`e2e/specs/weight.spec.ts`" + `.

Measured on %d processors (%s) with %s and %s: in Go in %d rounds one after the other, in the browser in %d runs. Each value is the median of its
rounds, with the smallest and the largest. A ratio is taken round by round, so that both of its sides had the same
machine, and is one of time on the processors (with collecting garbage), which other work on the machine disturbs less
than the time on the clock; both are in the tables.

To repeat it, with Go, Node, make and a C compiler: ` + "`make bench`" + `, some twenty minutes; what can be chosen is at the
head of ` + "`scripts/bench.sh`" + `.

What is invented and what is real: users are made up (about 500 bytes of JSON each, in the shape of Wallaroo 2024.2; "bulky"
ones carry the metadata of a Keycloak 26). Pages go over TCP on loopback through the whole server: session in SQLite,
search, templates, gzip, log. The client's own time is in both sides of a ratio.
`

// table is a group of benchmarks, by size.
type table struct {
	title, text string
	// rows are names without the size at their end; units are columns.
	rows  []string
	units []string
}

func tables() []table {
	times := []string{"ns/op", cpuTime, "B/op"}
	return []table{
		{"Decode", "The client's streaming reader beside `encoding/json` into a map.", []string{"Decode/client", "Decode/map"}, []string{"ns/op", cpuTime, "MB/s", "B/op"}},
		{"Search, sort, page", "`word` finds a quarter of the users and sorts them by last sign-in; `FirstList` has the sorting in it as well. `Marshal` is what they are compared with.", []string{"List/all", "List/word", "List/three-terms", "List/nobody", "FirstList/word", "Marshal"}, times},
		{"Memory", "`B/user` as read, `sorted-B/user` once sorted by every column. `beside-B` is what was in memory beside the users when the last byte of `body-B` came.", []string{"Kept", "Streamed"}, []string{"B/user", "sorted-B/user", "body-B", "users-B", "beside-B"}},
		{"Pages", "50 rows, over TCP, signed in. `-bare` is a chi handler that writes the same bytes through the same compression.", []string{"Page/list", "Page/list-bare", "Page/search", "Page/search-bare", "Page/swap", "Page/list-uncompressed", "Page/list-uncompressed-bare"}, []string{"ns/op", cpuTime, "B/op", "sent-B"}},
		{"Render", "The templates alone; the number is rows.", []string{"Render"}, times},
		{"Export", "", []string{"Export/csv", "Export/json"}, []string{"ns/op", cpuTime, "rows/s", "sent-B"}},
	}
}

func (t table) write(g goResults) string {
	var out strings.Builder
	fmt.Fprintf(&out, "\n## %s\n\n", t.title)
	if t.text != "" {
		out.WriteString(t.text + "\n\n")
	}
	out.WriteString("| |")
	for _, u := range t.units {
		out.WriteString(" " + u + " |")
	}
	out.WriteString("\n| --- |" + strings.Repeat(" ---: |", len(t.units)) + "\n")
	for _, row := range t.rows {
		for _, name := range g.sizesOf(row) {
			fmt.Fprintf(&out, "| `%s` |", name)
			for _, u := range t.units {
				out.WriteString(" " + cell(g.of(name, u), u) + " |")
			}
			out.WriteString("\n")
		}
	}
	return out.String()
}

// sizesOf returns the names of a row's benchmarks, the smallest size first.
func (g goResults) sizesOf(row string) []string {
	var names []string
	for name := range g.values {
		if size, found := strings.CutPrefix(name, row+"/"); found && !strings.Contains(size, "/") {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return strings.Compare(a, b)
	})
	return names
}

func writeBrowser(out *strings.Builder, b browserResults) {
	fmt.Fprintf(out, "\n## In the browser\n\nThe demo with %s users, in a browser with nothing in its cache each time. \"Slow\" is 4 times CPU slowdown and slow 4G (1.6 Mbit/s down,\n", format(float64(b.Users), ""))
	out.WriteString("0.75 up, 150 ms there and back). \"Console\" is the identity provider's own admin console (Keycloak 26,\nwith its pages cached and compressed as in production) with as many users, in the same runs.\n\n")
	out.WriteString("The first row is cold when neither the browser nor the server has anything at hand: the server reads the list from the\nAPI in that time. A key is followed by a wait of 200 ms, so that a fast typist doesn't ask at every letter; Enter asks at\nonce, and is what is held against the console's search. Bytes and requests are those over the wire, headers in, without signing in.\n\n")
	out.WriteString("| | plain | slow |\n| --- | ---: | ---: |\n")
	seen := map[string]bool{}
	for _, c := range b.Cases {
		if seen[c.Name] {
			continue
		}
		seen[c.Name] = true
		fmt.Fprintf(out, "| %s | %s | %s |\n", c.Name, cell(b.of(c.Name, plainly), c.Unit), cell(b.of(c.Name, slowly), c.Unit))
	}
}

// cell returns a median with its spread.
func cell(s sample, unit string) string {
	if len(s) == 0 {
		return ""
	}
	return format(s.median(), unit) + " (" + spread(s, unit) + ")"
}

func spread(s sample, unit string) string {
	if len(s) == 0 {
		return "not measured"
	}
	return format(slices.Min(s), unit) + "–" + format(slices.Max(s), unit)
}

// format returns a value with a readable unit.
func format(v float64, unit string) string {
	switch {
	case strings.Contains(unit, "ns/op"):
		return scaled(v, 1000, "ns", "µs", "ms", "s")
	case unit == "B" || strings.HasSuffix(unit, "-B") || strings.HasPrefix(unit, "B/") || strings.HasSuffix(unit, "-B/user"):
		return scaled(v, 1000, "B", "kB", "MB", "GB")
	case unit == "ms":
		return scaled(v*1e6, 1000, "ns", "µs", "ms", "s")
	case unit == "times":
		return significant(v) + " times"
	default:
		return significant(v)
	}
}

func scaled(v, step float64, units ...string) string {
	i := 0
	for v >= step && i < len(units)-1 {
		v /= step
		i++
	}
	return significant(v) + " " + units[i]
}

// significant returns about three significant digits, with thousands separators.
func significant(v float64) string {
	switch a := math.Abs(v); {
	case a >= 1000:
		digits := fmt.Sprintf("%.0f", v)
		for i := len(digits) - 3; i > 0; i -= 3 {
			digits = digits[:i] + "," + digits[i:]
		}
		return digits
	case a >= 100 || v == math.Trunc(v):
		return fmt.Sprintf("%.0f", v)
	case a >= 10:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.2f", v)
	}
}
