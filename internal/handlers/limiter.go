package handlers

import (
	"hash/maphash"
	"strconv"
	"sync"
	"time"
)

const (
	// mostKeys is how many keys a limiter tells apart. A stranger may have as many addresses as they like: an IPv6 /32,
	// which one can rent, holds four thousand million networks, and two minutes of new ones must not fill the memory. It
	// takes some ten megabytes.
	mostKeys = 100_000
	// sharedCounts are for the keys beyond that. They are several, so that who fills the keys up has not shut the door
	// to everybody else with one count's worth of requests.
	sharedCounts = 256
)

// limiter lets so many requests a minute of one key through. It counts by
// minutes of its own, the first of which begins with it, and adds up those of
// the current one and those of the last one as far as the past 60 seconds reach
// back into it. So a key costs two numbers, and for two minutes. Once there are
// mostKeys of them, those go on as before, and new ones share a few counts.
type limiter struct {
	perMinute int
	seed      maphash.Seed // so that nobody can choose whom they share a count with

	mu            sync.Mutex
	began         time.Time // the current minute
	current, last map[string]int
}

func newLimiter(perMinute int, now time.Time) *limiter {
	return &limiter{perMinute: perMinute, seed: maphash.MakeSeed(), began: now, current: make(map[string]int), last: make(map[string]int)}
}

// take counts a request and gives 0, or it gives the time until one is let
// through. What is not let through does not count.
func (l *limiter) take(key string, now time.Time) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.turnLocked(now)
	key = l.countedLocked(key)
	if wait = l.untilFreeLocked(l.last[key], l.current[key], now.Sub(l.began)); wait == 0 {
		l.current[key]++
	}
	return wait
}

// countedLocked returns the key under which a request of key counts: its own where it
// is known or there is room, else one that it shares. A key of both minutes
// takes two places, so that there are never more numbers than twice mostKeys.
func (l *limiter) countedLocked(key string) string {
	if l.last[key] > 0 || l.current[key] > 0 || len(l.last)+len(l.current) < mostKeys {
		return key
	}
	return "shared " + strconv.FormatUint(maphash.String(l.seed, key)%sharedCounts, 10)
}

// turnLocked begins the minute that it is now.
func (l *limiter) turnLocked(now time.Time) {
	minutes := now.Sub(l.began) / time.Minute
	if minutes < 1 {
		return
	}
	l.last, l.current = l.current, make(map[string]int)
	if minutes > 1 {
		l.last = make(map[string]int)
	}
	l.began = l.began.Add(minutes * time.Minute)
}

// untilFreeLocked is how long it takes until one more is let through, so far into a
// minute.
func (l *limiter) untilFreeLocked(last, current int, into time.Duration) time.Duration {
	wait := -into
	if current >= l.perMinute {
		// Not in this minute; in the next one it is the last.
		wait, last, current = wait+time.Minute, current, 0
	}
	// So many of the last minute's must be more than 60 seconds ago, taken as spread evenly over it.
	if over := last - (l.perMinute - 1 - current); over > 0 {
		wait += (time.Minute*time.Duration(over) + time.Duration(last) - 1) / time.Duration(last) // rounded up
	}
	return max(wait, 0)
}
