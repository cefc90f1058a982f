package app_test

import (
	"fmt"
	"net/http"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// A server that has ended leaves no goroutine and no connection.
func TestMain(m *testing.M) {
	if address := os.Getenv(childListen); address != "" {
		os.Exit(beChild(address))
	}
	code := m.Run()
	http.DefaultClient.CloseIdleConnections() // the tests' own
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}
