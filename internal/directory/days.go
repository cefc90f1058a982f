package directory

import "time"

// startOfDay returns the first instant of a date in a zone: the first one at which
// the clocks there show the date's midnight or later. Where they are set forward
// over midnight that is no midnight, and a date that a zone has left out has no
// instant of its own: it starts when the next one does. date is a midnight in UTC.
func startOfDay(date time.Time, zone *time.Location) time.Time {
	// No clock is further ahead of UTC than this, so the date has not begun.
	at := date.Add(-24 * time.Hour)
	for {
		_, offset := at.In(zone).Zone()
		if !at.Add(time.Duration(offset) * time.Second).Before(date) {
			return at.In(zone) // the clocks were set forward over midnight
		}
		midnight := date.Add(-time.Duration(offset) * time.Second)
		_, end := at.In(zone).ZoneBounds()
		if end.IsZero() || midnight.Before(end) {
			return midnight.In(zone)
		}
		at = end
	}
}
