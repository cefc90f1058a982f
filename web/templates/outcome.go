package templates

// Outcome is how a recorded change ended, with the values of audit.Outcome. Any other value reads as [OutcomeUnknown].
type Outcome string

// The outcomes.
const (
	OutcomeDone    Outcome = "done"
	OutcomeFailed  Outcome = "failed"
	OutcomeRefused Outcome = "refused"
	// OutcomeUnknown is an intent without an outcome: it may or may not have happened.
	OutcomeUnknown Outcome = "unknown"
)

// Text returns the words for an outcome in the log and in its filter.
func (o Outcome) Text() string {
	switch o {
	case OutcomeDone:
		return "Done"
	case OutcomeFailed:
		return "Failed"
	case OutcomeRefused:
		return "Refused"
	default:
		return "Outcome unknown"
	}
}

func outcomeTone(o Outcome) Tone {
	switch o {
	case OutcomeDone:
		return ""
	case OutcomeFailed:
		return ToneBad
	default:
		return ToneWarn
	}
}

func outcomeIcon(o Outcome) string {
	switch o {
	case OutcomeDone:
		return "check"
	case OutcomeFailed:
		return "bad"
	case OutcomeRefused:
		return "alert"
	default:
		return "help"
	}
}

// detailOr is the detail of an outcome, or the outcome's name.
func detailOr(detail string, o Outcome) string {
	if detail != "" {
		return detail
	}
	return o.Text()
}
