package templates

import (
	"strconv"

	"github.com/a-h/templ"
)

// Seats is the use of the licence.
type Seats struct {
	// Used is how many accounts are active.
	Used int
	// Limit is the licence's limit, 0 when it isn't known.
	Limit int
	// Loading is true before the list has been read.
	Loading bool
}

// Free returns how many seats are left, never below zero.
func (s Seats) Free() int { return max(s.Limit-s.Used, 0) }

// Full reports whether the limit is known and reached.
func (s Seats) Full() bool { return s.Limit > 0 && s.Used >= s.Limit }

// seatBar is the width of the meter's drawing, maxTicks the limit up to which each seat is a tick: more would blur.
const (
	seatBar  = 250
	maxTicks = 100
)

// seatPath draws the used part.
func seatPath(s Seats) string {
	used := float64(min(s.Used, s.Limit)) / float64(s.Limit) * seatBar
	return "M0 4H" + strconv.FormatFloat(used, 'f', 1, 64)
}

// seatTicks splits a line into n ticks, as attributes of its path: the line is said to be n long, a dash and a gap are
// one together.
func seatTicks(n, limit int) templ.Attributes {
	if limit > maxTicks {
		return nil
	}
	return templ.Attributes{"pathLength": strconv.Itoa(n), "stroke-dasharray": ".6 .4"}
}

// seatsText is the meter in words.
func seatsText(s Seats) string {
	return Number(s.Used) + " of " + Number(s.Limit) + " seats used, " + Number(s.Free()) + " free"
}
