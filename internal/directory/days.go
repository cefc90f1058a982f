package directory

import "time"

// startOfDay returns the first instant of a date in a zone: the first at which
// local time there is the date's midnight or later. Where clocks are set
// forward over midnight it is later than 00:00, and a date that the zone skips
// (at a change of the date line) starts when the next one does. date is a
// midnight in UTC.
func startOfDay(date time.Time, zone *time.Location) time.Time {
	// No zone is more than 24 hours ahead of UTC, so the date has not begun.
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
