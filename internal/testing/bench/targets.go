package main

import "fmt"

// target is a performance target and its result.
type target struct {
	what, promise string
	measured      sample
	unit          string
	met           bool
	// missed is the reason, printed only if the target is missed.
	missed string
}

func atLeast(what string, measured sample, n float64, unit, missed string) target {
	return target{what, fmt.Sprintf("at least %s", format(n, unit)), measured, unit, len(measured) > 0 && measured.median() >= n, missed}
}

func atMost(what string, measured sample, n float64, unit, missed string) target {
	return target{what, fmt.Sprintf("at most %s", format(n, unit)), measured, unit, len(measured) > 0 && measured.median() <= n, missed}
}

// targets compares the measurements with the targets.
func targets(g goResults, b browserResults) []target {
	return []target{
		atLeast("Decoding 100,000 users: rate, as a multiple of `encoding/json` into a map", g.ratio("Decode/map/100000", "Decode/client/100000", cpuTime), 2, "times", ""),
		atMost("Memory beside the users when the last byte of a body of 100,000 comes", g.of("Streamed/100000", "beside-B"), 1<<20, "B", ""),
		atMost("Memory kept for a user, sorted by every column", g.of("Kept/100000", "sorted-B/user"), 1000, "B", ""),
		atMost("Search, sort and page of 100,000 users, as a part of one `encoding/json` marshal of them", g.ratio("List/word/100000", "Marshal/100000", cpuTime), 0.1, "times", slowList),
		atMost("The same page for the first who sorts by the column", g.ratio("FirstList/word/100000", "Marshal/100000", cpuTime), 0.1, "times", slowSort),
		atMost("A page's time with 100,000 users, as a multiple of that with 1,000", g.ratio("Page/list/100000", "Page/list/1000", cpuTime), 10, "times", slowList),
		atMost("The same for a search", g.ratio("Page/search/100000", "Page/search/1000", cpuTime), 10, "times", slowList),
		atLeast("List page of 50 rows: rate, as a multiple of a bare chi handler's", g.ratio("Page/list-bare/1000", "Page/list/1000", cpuTime), 0.5, "times", slowPage),
		atMost("First visit, everything", b.of("First visit: bytes", plainly), 45_000, "B", ""),
		atMost("First visit, requests", b.of("First visit: requests", plainly), 6, "", ""),
		atMost("Swap of the rows", b.of("Swap: bytes", plainly), 12_000, "B", ""),
		atMost("Long tasks in the browser, first visit", b.of("Long tasks, first visit", plainly), 0, "", longTasks(b, "first visit")),
		atMost("Long tasks in the browser, search", b.of("Long tasks, search", plainly), 0, "", longTasks(b, "search")),
		atMost("Layout shift", b.of("Layout shift", plainly), 0, "score", ""),
		atLeast("First row on a first visit, beside the identity provider's console: times sooner", b.ratio("Console: first row, cold", "First row, cold", plainly), 15, "times", coldBrowser(b)),
		atLeast("The same on a slow phone", b.ratio("Console: first row, cold", "First row, cold", slowly), 15, "times", ""),
		atLeast("Search with Enter, beside the identity provider's console: times sooner", b.ratio("Console: Enter to rows", "Search: Enter to rows", plainly), 4, "times", searchInBrowser(b)),
	}
}

const (
	slowList    = "Each account is looked at for the counts in the tabs."
	slowSort    = "A column is sorted once after each read, for whoever asks first."
	slowPage    = "The bare handler knows nobody and lays nothing out: nearly all of its time is compression and the connection. A profile of the page shows a quarter of its time in the same compression, a quarter in the templates, a tenth each in the session (look-up, unsealing) and in asking whether another replica has changed an account, and the rest in settling what is shown, the log and collecting garbage. Finished rows kept in memory were tried and brought 0.42 to 0.51; they are not kept, since that would be a cache of people's data that has to know for whom each row was drawn, to save a fifth of a millisecond."
	slowMachine = "Where the machine is shared with other work, the wait for a processor is in it."
)

// coldBrowser returns a sentence on the browser's own share of a first visit.
func coldBrowser(b browserResults) string {
	floor := b.of("A page of one word, cold", plainly)
	most := b.ratio("Console: first row, cold", "A page of one word, cold", plainly)
	first := b.of("First row, cold", plainly)
	return fmt.Sprintf("The promise comes from a console that took 2.9 s, beside which this is %s sooner. In these runs the browser took %s for a page of one word from the same server, which makes %s the most that any page could reach. %s",
		format(2900/first.median(), "times"), format(floor.median(), "ms"), format(most.median(), "times"), slowMachine)
}

// searchInBrowser returns a sentence on a quarter of the console's time.
func searchInBrowser(b browserResults) string {
	wanted := b.of("Console: Enter to rows", plainly).median() / 4
	found := b.of("Search: Enter to rows", plainly).median()
	return fmt.Sprintf("The promise comes from a console that took 170 ms, beside which this is %s sooner; a fourth of what it took in these runs would be %s, and a frame takes 16.7 ms. The server answers a search in some 2 ms; the rest is the browser's: its network process (about 10 ms), exchanging the rows, waiting for a frame. %s",
		format(170/found, "times"), format(wanted, "ms"), slowMachine)
}

// longTasks returns a sentence on the amount of work in tasks. The browser
// measures tasks by the clock.
func longTasks(b browserResults, when string) string {
	busy := b.of("Main thread busy, "+when, plainly)
	return fmt.Sprintf("A task is long by the clock, from 50 ms. The main thread used %s of a processor in all (with what the measuring takes), over several tasks. %s",
		format(busy.median(), "ms"), slowMachine)
}
