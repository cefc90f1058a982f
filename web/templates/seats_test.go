package templates

import (
	"strings"
	"testing"
)

func TestSeatsAreTicksUpToAHundred(t *testing.T) {
	tests := []struct {
		name        string
		seats       Seats
		ticks, full bool
		free        int
	}{
		{"fifty seats are fifty ticks", Seats{Used: 42, Limit: 50}, true, false, 8},
		{"above a hundred they would blur", Seats{Used: 42, Limit: 101}, false, false, 59},
		{"all in use", Seats{Used: 50, Limit: 50}, true, true, 0},
		{"more in use than there are", Seats{Used: 60, Limit: 50}, true, true, 0},
		{"no known limit is never full", Seats{Used: 60}, false, false, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := render(t, sample{name: tt.name, page: seats("", tt.seats)})
			if strings.Contains(got, "stroke-dasharray") != tt.ticks {
				t.Errorf("ticks are not %t in %s", tt.ticks, got)
			}
			if tt.seats.Full() != tt.full || tt.seats.Free() != tt.free {
				t.Errorf("full %t, free %d", tt.seats.Full(), tt.seats.Free())
			}
		})
	}
}
