package config

import (
	"fmt"
	"slices"
	"strings"
)

// Fault is one setting that is missing or wrong.
type Fault struct {
	Name    string // environment variable, such as WALLAROO_URL
	Problem string // predicate of a sentence that starts with Name; never contains a secret
	Purpose string // what the setting is for
	Example string // a valid value, or how to make one
}

// Faults is the error of [Load] and [Settings.Validate]: all missing or invalid
// settings, in the order of [Table].
type Faults []Fault

// Error lists every fault with the setting's purpose and an example.
func (f Faults) Error() string {
	var b strings.Builder
	if len(f) == 1 {
		b.WriteString("a setting is missing or wrong:\n")
	} else {
		fmt.Fprintf(&b, "%d settings are missing or wrong:\n", len(f))
	}
	for _, fault := range f {
		fmt.Fprintf(&b, "\n  %s %s.\n", fault.Name, fault.Problem)
		if fault.Purpose != "" {
			fmt.Fprintf(&b, "      What it is for: %s.\n", fault.Purpose)
		}
		if fault.Example != "" {
			fmt.Fprintf(&b, "      Example: %s=%s\n", fault.Name, fault.Example)
		}
	}
	return b.String()
}

// Has reports whether the setting of this name is missing or wrong.
func (f Faults) Has(name string) bool {
	return slices.ContainsFunc(f, func(fault Fault) bool { return fault.Name == name })
}

// faultList collects the first fault of each setting, since further ones are often
// consequences of the first.
type faultList struct{ faults Faults }

func (l *faultList) add(name, format string, args ...any) {
	if l.faults.Has(name) {
		return
	}
	fault := Fault{Name: name, Problem: fmt.Sprintf(format, args...)}
	if row, ok := lookup(name); ok {
		fault.Purpose, fault.Example = row.Purpose, row.Example
	}
	l.faults = append(l.faults, fault)
}

// err returns the faults in the table's order, or nil if there are none.
func (l *faultList) err() error {
	if len(l.faults) == 0 {
		return nil
	}
	rank := make(map[string]int)
	for i, row := range rows() {
		rank[row.Name] = i
	}
	slices.SortStableFunc(l.faults, func(a, b Fault) int { return rank[a.Name] - rank[b.Name] })
	return l.faults
}
