package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"testing"

	"wallaroo-user-admin/internal/demo"
	"wallaroo-user-admin/internal/testing/harness"
)

func TestBadInputGetsAPlainPageOrAClearMessage(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 60})
	b := s.SignedIn(demo.AdminEmail)
	for question, row := range map[string]struct {
		query  string
		status int
		says   string
	}{
		"numbers and a column that can't be":  {"page=-1&per=999999&sort=<script>", http.StatusOK, "1 – 25 of 60"},
		"numbers that don't fit":              {"page=99999999999999999999&per=-0x10", http.StatusOK, "51 – 60 of 60"},
		"a page past the end":                 {"page=2147483647", http.StatusOK, "51 – 60 of 60"},
		"an unknown column":                   {"sort=password&dir=sideways", http.StatusOK, "1 – 25 of 60"},
		"unknown filters":                     {"status=<b>&health=%00&login=0&domain=" + strings.Repeat("d", 300), http.StatusOK, "1 – 25 of 60"},
		"the same parameter many times":       {strings.Repeat("q=a&page=1&", 200), http.StatusOK, "Users"},
		"a search that isn't UTF-8":           {"q=%ff%fe%c3%28", http.StatusOK, "No user matches"},
		"a search with control characters":    {"q=%00%01%1b%7f", http.StatusOK, "No user matches"},
		"a search with markup":                {"q=" + url.QueryEscape(`"><script>alert(1)</script>`), http.StatusOK, `<script>alert(1)</script>`},
		"a broken escape":                     {"q=%zz&page=2", http.StatusOK, "26 – 50 of 60"},
		"a search of a kilobyte and a bit":    {"q=" + strings.Repeat("a", 1001), http.StatusOK, "too long"},
		"a search of 20 kB":                   {"q=" + strings.Repeat("a", 20_000), http.StatusOK, "too long"},
		"a thousand words":                    {"q=" + strings.Repeat("a+", 500), http.StatusOK, "Users"},
		"a thousand quotes":                   {"q=" + strings.Repeat("%22", 333), http.StatusOK, "Users"},
		"a field that is not one":             {"q=password:secret", http.StatusOK, "There is no field"},
		"a field without a value":             {"q=created:", http.StatusOK, "needs a value"},
		"a date that is not one":              {"q=created:>2026-99-99", http.StatusOK, "is no date"},
		"a number of days that doesn't fit":   {"q=login:>99999999999999999999d", http.StatusOK, "is no date"},
		"a search for nothing but the quotes": {"q=%22%22", http.StatusOK, "1 – 25 of 60"},
	} {
		t.Run(question, func(t *testing.T) {
			for _, path := range []string{"/users?", "/users/methods?"} {
				p := b.Get(b.Site + path + row.query)
				if p.Status != row.status {
					t.Errorf("%s: %d %s", path, p.Status, p.Text())
				}
				if path == "/users?" && !strings.Contains(p.Text(), row.says) {
					t.Errorf("the page does not say %q: %s", row.says, p.Text())
				}
				if strings.Contains(p.Body, "<script>alert") || strings.Contains(p.Body, "sort=%3Cscript") {
					t.Error("the page repeats what was asked as markup, or in its links")
				}
			}
		})
	}
}

func TestASearchThatFillsTheHeaderIsRefusedInWords(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 5})
	b := s.SignedIn(demo.AdminEmail)
	p := b.Get(b.Site + "/users?q=" + strings.Repeat("a", 100_000))
	switch p.Status {
	case http.StatusOK:
		if !strings.Contains(p.Text(), "too long") {
			t.Errorf("no message in %s", p.Text())
		}
	case http.StatusRequestHeaderFieldsTooLarge, http.StatusRequestURITooLong:
		if !strings.Contains(strings.ToLower(p.Body), "too l") {
			t.Errorf("no message in %s", p.Body)
		}
	default:
		t.Errorf("%d %s", p.Status, p.Body)
	}
	if after := b.Get(b.Site + "/users"); after.Status != http.StatusOK {
		t.Errorf("the next page: %d", after.Status)
	}
}

func TestAnIDThatNobodyCanHaveIsNotFound(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 5})
	b := s.SignedIn(demo.AdminEmail)
	for _, id := range []string{"%FF", "%ff", "%00", "u%2Fv", "..%2F..", "%C3%28", "nobody"} {
		if p := b.Get(s.Site + "/users/" + id); p.Status != http.StatusNotFound || !strings.Contains(p.Text(), "There is no such user") {
			t.Errorf("%s: %d %s", id, p.Status, p.Text())
		}
		for _, op := range []string{"activate", "deactivate"} {
			if p := b.Post("/users/"+id+"/"+op, url.Values{"key": {"k" + id + op}}); p.Status != http.StatusNotFound {
				t.Errorf("%s of %s: %d %s", op, id, p.Status, p.Text())
			}
		}
	}
}

func TestABadSearchIsNotExported(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 5})
	b := s.SignedIn(demo.AdminEmail)
	for _, q := range []string{"created:yesterday", strings.Repeat("a", 2_000)} {
		for _, format := range []string{"csv", "json"} {
			p := b.Get(b.Site + "/users." + format + "?q=" + url.QueryEscape(q))
			if p.Status != http.StatusUnprocessableEntity || strings.Contains(p.Header.Get("Content-Disposition"), "attachment") {
				t.Errorf("%s: %d %v", format, p.Status, p.Header)
			}
		}
	}
}

// Memory that a search needs must be freed once it is answered: a cached result for each would be 10,000 lists of a
// thousand accounts.
func TestTenThousandSearchesOfOneSessionKeepNoMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("asks 10,000 times")
	}
	s := harness.Start(t, demo.Options{Users: 1_000}, harness.With("LOG_LEVEL", "error"))
	b := s.SignedIn(demo.AdminEmail)
	searches := func(from, to int) {
		for i := from; i < to; i++ {
			address := fmt.Sprintf("%s/users/methods?q=search%dx&sort=%s", b.Site, i, []string{"email", "name", "login", "created"}[i%4])
			if status := statusOf(b, address); status != http.StatusOK {
				t.Fatalf("search %d: %d", i, status)
			}
		}
	}
	searches(0, 200) // pools and connections are made once
	before := inUse()
	searches(200, 10_000)
	if grown := inUse() - before; grown > 1<<20 {
		t.Errorf("after 9,800 searches %d kB more are in use", grown>>10)
	}
}

// status sends a request and returns only the status.
func statusOf(b *harness.Browser, address string) int {
	b.T.Helper()
	req, err := http.NewRequestWithContext(b.T.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		b.T.Fatal(err)
	}
	res, err := b.Client.Do(req)
	if err != nil {
		b.T.Fatal(err)
	}
	if err := res.Body.Close(); err != nil {
		b.T.Fatal(err)
	}
	return res.StatusCode
}

// inUse returns the reachable bytes of the heap.
func inUse() int64 {
	// Twice: what a pool holds goes with the second collection.
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func TestSec57_MarkupInNamesStaysText(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 60})
	b := s.SignedIn(demo.AdminEmail)
	for _, path := range []string{"/users?per=250", "/users?per=250&q=script", "/users?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E", "/activity?q=%3Cscript%3E", "/users?per=250&q=hx-get"} {
		p := b.Get(s.Site + path)
		if strings.Contains(p.Body, "<script>alert") || strings.Contains(p.Body, "<img src=x") || strings.Contains(p.Body, `<b hx-get`) {
			t.Errorf("%s has live markup", path)
		}
	}
}

func TestSec62_HeadersAndBodiesAreBounded(t *testing.T) {
	s := harness.Start(t, demo.Options{Users: 5})
	b := s.SignedIn(demo.AdminEmail)
	if p := b.Get(s.Site+"/users", "X-Long", strings.Repeat("x", 100<<10)); p.Status != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("a header of 100 kB: %d", p.Status)
	}
	p := b.Post("/invite", url.Values{"key": {"k"}, "email": {strings.Repeat("x", 1<<20)}})
	if p.Status != http.StatusRequestEntityTooLarge || !strings.Contains(p.Text(), "Nothing was changed.") {
		t.Errorf("a form of 1 MB: %d %s", p.Status, p.Text())
	}
}
