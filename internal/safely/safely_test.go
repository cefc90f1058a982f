package safely_test

import (
	"errors"
	"strings"
	"testing"

	"wallaroo-user-admin/internal/safely"
)

func TestAPanicBecomesAnErrorWithItsPlace(t *testing.T) {
	err := safely.Run(func() error { panic("of the test") })
	if err == nil || !strings.Contains(err.Error(), "of the test") || !strings.Contains(err.Error(), "safely_test.go") {
		t.Errorf("the error: %v", err)
	}
}

func TestResultsAndErrorsArePassedThrough(t *testing.T) {
	failed := errors.New("failed")
	if n, err := safely.Do(func() (int, error) { return 7, failed }); n != 7 || !errors.Is(err, failed) {
		t.Error(n, err)
	}
	if err := safely.Run(func() error { return nil }); err != nil {
		t.Error(err)
	}
}
