package config

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// quoted returns a value for an error message: truncated to 60 bytes, and quoted so
// that it can't forge a log line. Never use it for secrets, or for URLs, which may
// contain passwords.
func quoted(value string) string {
	const most = 60
	if len(value) > most {
		value = value[:most] + "…"
	}
	return strconv.Quote(value)
}

// parseDuration is [time.ParseDuration] with whole days ("400d") in addition.
func parseDuration(text string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16)
		if err != nil {
			return 0, fmt.Errorf("days: %w", err)
		}
		return time.Duration(n) * day, nil
	}
	return time.ParseDuration(text)
}

func formatDuration(d time.Duration) string {
	switch {
	case d == 0:
		return "0"
	case d%day == 0:
		return fmt.Sprintf("%dd", d/day)
	case d%time.Hour == 0:
		return fmt.Sprintf("%dh", d/time.Hour)
	case d%time.Minute == 0:
		return fmt.Sprintf("%dm", d/time.Minute)
	default:
		return d.String()
	}
}

// parsePrefixes parses a comma-separated list of networks in CIDR notation and
// single addresses.
func parsePrefixes(text string) ([]netip.Prefix, error) {
	var prefixes []netip.Prefix
	for _, part := range clean(strings.Split(text, ",")) {
		if addr, err := netip.ParseAddr(part); err == nil {
			addr = addr.Unmap().WithZone("")
			prefixes = append(prefixes, netip.PrefixFrom(addr, addr.BitLen()))
			continue
		}
		prefix, err := netip.ParsePrefix(part)
		if err != nil {
			return nil, err
		}
		prefixes = append(prefixes, prefix.Masked())
	}
	return prefixes, nil
}

// clean trims white space from the parts and drops empty ones.
func clean(parts []string) []string {
	var out []string
	for _, part := range parts {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}
