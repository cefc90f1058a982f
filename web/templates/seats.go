package templates

import (
	"strconv"

	"github.com/a-h/templ"
)

// Seats is how many seats of the licence are in use.
type Seats struct {
	// Used is how many accounts are active, or may be: Unknown of them have an unknown status.
	Used, Unknown int
	// Limit is how many seats the licence has, 0 when that isn't known.
	Limit int
	// Loading is true before the list has been read.
	Loading bool
}

// Free returns how many seats are left, never below zero.
func (s Seats) Free() int { return max(s.Limit-s.Used, 0) }

// Full reports whether the limit is known and reached.
func (s Seats) Full() bool { return s.Limit > 0 && s.Used >= s.Limit }

// seatBar is the width of the meter in the units of its viewBox. Up to maxTicks seats each one is a tick; more would blur.
const (
	seatBar  = 250
	maxTicks = 100
)

// seatPath returns the path of the used part.
func seatPath(s Seats) string {
	used := float64(min(s.Used, s.Limit)) / float64(s.Limit) * seatBar
	return "M0 4H" + strconv.FormatFloat(used, 'f', 1, 64)
}

// seatTicks returns the attributes that split a path into n ticks: its length is set to n, and a dash and a gap together
// are 1 long.
func seatTicks(n, limit int) templ.Attributes {
	if limit > maxTicks {
		return nil
	}
	return templ.Attributes{"pathLength": strconv.Itoa(n), "stroke-dasharray": ".6 .4"}
}

// seatsText returns the value of the meter for screen readers.
func seatsText(s Seats) string {
	return Number(s.Used) + " of " + Number(s.Limit) + " seats used, " + Number(s.Free()) + " free"
}
