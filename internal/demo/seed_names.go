package demo

// The people are invented; the domains are reserved for examples (RFC 2606). A name listed twice is twice as likely.
const (
	firstNames = `Aisha Alma Amadou Ana Anton Arjun Bea Björn Camila Carlos Chen Chiara Dalia Daniel Diego
		Elena Elif Emil Erik Esra Eva Farah Felix Finn Freya Gita Goran Greta Hana Hassan Hugo Ida Igor Ines Ivan Jana
		Jonas Jun Kaya Kenji Kofi Lara Leila Leo Lena Liam Luis Maja Marco Maria Marta Mateo Mei Mila Mohamed Nadia Nils
		Nina Noah Olga Omar Oscar Pablo Paula Petra Priya Rafael Ravi Rosa Sami Sara Sofia Stefan Tara Theo Tom Yara Yuki
		Zara Zoltan`
	lastNames = `Abe Adeyemi Ahmed Alvarez Andersson Bauer Becker Berg Bianchi Brandt Carvalho Castro Chen
		Cohen Costa Dahl Diaz Dubois Eriksen Farouk Fischer Fontaine Garcia Gupta Haddad Hansen Hoffmann Horvath Ibrahim
		Ito Ivanov Jansen Jensen Kaplan Kaur Keller Kim Kowalski Kumar Larsen Lehmann Lopez Marin Martin Mendes Meyer
		Moreau Moretti Mueller Nakamura Ndiaye Nguyen Novak Okafor Olsen Park Patel Pereira Petrov Popescu Reyes Ricci
		Romero Rossi Sato Schmidt Schneider Silva Singh Sørensen Suzuki Tanaka Toth Vargas Wagner Weber Weiss Yilmaz Zhang`
	domains = `example.com example.com example.com example.org research.example.net factory.example.net partner.example`
)
