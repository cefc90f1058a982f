package demo

// Issuer is the embedded provider's issuer, or "" when a real provider is used.
func (d *Demo) Issuer() string {
	if d.provider == nil {
		return ""
	}
	return d.provider.issuer
}
