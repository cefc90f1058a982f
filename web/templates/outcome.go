package templates

// Outcome is how a recorded change ended, with the values of audit.Outcome. Any other value reads as [OutcomeUnknown].
type Outcome string

// The outcomes.
const (
	OutcomeDone    Outcome = "done"
	OutcomeFailed  Outcome = "failed"
	OutcomeRefused Outcome = "refused"
	// OutcomeUnknown is for a change that may or may not have been done.
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

func (o Outcome) tone() Tone {
	switch o {
	case OutcomeDone:
		return ""
	case OutcomeFailed:
		return ToneBad
	default:
		return ToneWarn
	}
}

func (o Outcome) icon() string {
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

// outcomeText returns the detail of an outcome other than [OutcomeDone], or the words for it where there is no detail.
func outcomeText(o Outcome, detail string) string {
	if o == OutcomeDone || detail == "" {
		return o.Text()
	}
	return detail
}
