package templates

import "testing"

func TestDOMIDCanStandInASelector(t *testing.T) {
	for in, want := range map[string]string{"7f1c-2b": "7f1c-2b", "a b": "a_20b", `x"]#.`: "x_22_5d_23_2e", "a_b": "a_5fb", "é": "_e9"} {
		if got := domID(in); got != want {
			t.Errorf("domID(%q) is %q, want %q", in, got, want)
		}
	}
}
