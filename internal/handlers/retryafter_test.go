package handlers

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// publicSite is the whole site without a database, a provider or an API, which public pages do not need.
func publicSite(t *testing.T) http.Handler {
	t.Helper()
	s := testSite(t)
	s.everybodyIs(t, testSubject)
	s.Logger = s.log
	handler, err := New(s.Options)
	if err != nil {
		t.Fatal(err)
	}
	return handler
}

// refusedAfter sends requests until one is refused, and returns its Retry-After.
func refusedAfter(t *testing.T, ask func() *httptest.ResponseRecorder) time.Duration {
	t.Helper()
	for range 10_000 {
		if res := ask(); res.Code == http.StatusTooManyRequests {
			return retryAfter(t, res)
		}
	}
	t.Fatal("nothing was refused")
	return 0
}

func retryAfter(t *testing.T, res *httptest.ResponseRecorder) time.Duration {
	t.Helper()
	seconds, err := strconv.Atoi(res.Header().Get("Retry-After"))
	if err != nil {
		t.Fatal(err)
	}
	return time.Duration(seconds) * time.Second
}

func TestSec32_RetryAfterIsWhenTheNextRequestIsAllowed(t *testing.T) {
	for name, row := range map[string]struct {
		into   time.Duration // the first minute
		first  int           // requests then
		pause  time.Duration // until the one that is refused
		expect time.Duration
	}{
		"all at the start of a minute":      {0, 0, 0, 61 * time.Second},
		"all in the middle of a minute":     {25 * time.Second, 0, 0, 36 * time.Second},
		"half before, half in this minute":  {25 * time.Second, 300, 45 * time.Second, time.Second},
		"nearly all in the minute before":   {59 * time.Second, 599, 2 * time.Second, time.Second},
		"all just before, some just after":  {59500 * time.Millisecond, 600, time.Second, time.Second},
		"the next minute is far from empty": {50 * time.Second, 600, 0, 11 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				handler := publicSite(t)
				ask := func() *httptest.ResponseRecorder {
					w := httptest.NewRecorder()
					handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/backchannel-logout", strings.NewReader("no form")))
					return w
				}
				time.Sleep(row.into)
				for range row.first {
					ask()
				}
				time.Sleep(row.pause)
				wait := refusedAfter(t, ask)
				if wait != row.expect {
					t.Errorf("told to wait %v", wait)
				}
				time.Sleep(wait - time.Second)
				if res := ask(); wait > time.Second && res.Code != http.StatusTooManyRequests {
					t.Errorf("%d a second before", res.Code)
				} else if wait > time.Second && retryAfter(t, res) != time.Second {
					t.Errorf("told to wait for another %v then", retryAfter(t, res))
				}
				time.Sleep(time.Second)
				if res := ask(); res.Code == http.StatusTooManyRequests {
					t.Errorf("refused after the wait, for another %v", retryAfter(t, res))
				}
			})
		})
	}
}
