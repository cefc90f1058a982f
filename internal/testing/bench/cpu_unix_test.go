//go:build unix

package main

import (
	"syscall"
	"time"
)

// cpu returns the CPU time of this process, including system time and garbage
// collection.
func cpu() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
