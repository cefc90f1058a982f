//go:build !unix

package main

import "time"

// cpu returns the wall clock where CPU time is not available.
func cpu() time.Duration { return time.Duration(time.Now().UnixNano()) }
