package panics_test

import (
	"errors"
	"strings"
	"testing"

	"wallaroo-user-admin/internal/panics"
)

func TestAPanicBecomesAnErrorWithItsPlace(t *testing.T) {
	err := panics.Catch(func() error { panic("of the test") })
	if err == nil || !strings.Contains(err.Error(), "of the test") || !strings.Contains(err.Error(), "panics_test.go") {
		t.Errorf("the error: %v", err)
	}
}

func TestResultsAndErrorsArePassedThrough(t *testing.T) {
	failed := errors.New("failed")
	if n, err := panics.CatchValue(func() (int, error) { return 7, failed }); n != 7 || !errors.Is(err, failed) {
		t.Error(n, err)
	}
	if err := panics.Catch(func() error { return nil }); err != nil {
		t.Error(err)
	}
}
