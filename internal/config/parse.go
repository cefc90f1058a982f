package config

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// quoted shows a value in an error: cut, and with nothing that could forge a
// line in a log. Secrets and URLs, which may carry passwords, are never shown.
func quoted(value string) string {
	const most = 60
	if len(value) > most {
		value = value[:most] + "…"
	}
	return strconv.Quote(value)
}

// parseDuration reads what [time.ParseDuration] reads, and whole days ("400d").
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

func writtenDuration(d time.Duration) string {
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

// parsePrefixes reads networks in CIDR form and single addresses.
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

// clean returns the parts without blanks around them and without empty ones.
func clean(parts []string) []string {
	var out []string
	for _, part := range parts {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}
