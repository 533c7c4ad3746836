//! What people, applications and clients are called.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Given names and family names of one language, in Latin letters.
type Language = (&'static str, &'static str);

const LANGUAGES: [Language; 14] = [
    (
        "Olivia Amelia Isla Grace Freya Harriet George Arthur Oliver Harry Edward Thomas Rosie Alice Henry Jack",
        "Smith Jones Taylor Brown Walker Hughes Green Hall Wood Clarke Turner Cooper Ward Baker Morris Foster",
    ),
    (
        "Anna Lena Jonas Felix Mia Clara Jürgen Björn Käthe Moritz Greta Paul Lukas Sabine Heike Uwe",
        "Müller Schmidt Schneider Weber Wagner Becker Hoffmann Schäfer Koch Bauer Krüger Wolf Groß Köhler Vogel Lang",
    ),
    (
        "Camille Léa Chloé Manon Hélène Zoé Élodie Théo Hugo Louis Gaël Mathis Noé Benoît Agathe Inès",
        "Martin Bernard Dubois Moreau Laurent Lefèvre Roux Fournier Girard Bonnet Mercier Faure Rousseau Gauthier Perrin Renaud",
    ),
    (
        "Lucía Sofía María Carmen Inés Jimena Mateo Álvaro Javier Andrés Martín Raúl Nuria Begoña Íñigo Ximena",
        "García Fernández González Rodríguez López Sánchez Pérez Gómez Jiménez Ruiz Muñoz Ibáñez Ortega Núñez Vázquez Castro",
    ),
    (
        "Giulia Chiara Aurora Beatrice Elisa Francesca Lorenzo Matteo Leonardo Niccolò Davide Pietro Caterina Alessia Simone Tommaso",
        "Rossi Russo Ferrari Esposito Bianchi Romano Ricci Marino Greco Conti Galli Moretti Barbieri Lombardi Santoro Rinaldi",
    ),
    (
        "Beatriz João Tomás Matilde Leonor Inácio Gonçalo Joana Rui Duarte Mafalda Vasco Afonso Catarina Helena Tiago",
        "Silva Santos Ferreira Pereira Oliveira Costa Rodrigues Martins Araújo Magalhães Conceição Gonçalves Carvalho Teixeira Moreira Correia",
    ),
    (
        "Zofia Hanna Jakub Szymon Wojciech Małgorzata Łukasz Paweł Agnieszka Kasia Michał Zuzanna Stanisław Ewa Piotr Halina",
        "Nowak Kowalski Wiśniewski Wójcik Kamiński Lewandowski Zieliński Szymański Woźniak Dąbrowski Kozłowski Mazur Krawczyk Pawlak Górski Zając",
    ),
    (
        "Elif Zeynep Defne Emre Çağlar Özge Şule Ayşe Mehmet İpek Gökhan Burak Selin Deniz Yağmur Oğuz",
        "Yılmaz Kaya Demir Çelik Şahin Öztürk Aydın Arslan Doğan Kılıç Aslan Koç Güneş Yıldız Erdoğan Polat",
    ),
    (
        "Astrid Søren Bjørn Ingrid Åse Kåre Freja Magnus Signe Håkon Øystein Linnea Åke Sigrid Mads Solveig",
        "Hansen Johansen Nilsson Lindqvist Sørensen Bjerregaard Ødegård Ångström Lundgren Dahl Berg Holm Strand Kjær Nygård Söderberg",
    ),
    (
        "Jana Petra Jiří Tomáš Václav Ondřej Tereza Lucie Kateřina Vojtěch Zdeněk Markéta Radek Libuše Bohumil Aneta",
        "Novák Svoboda Novotný Dvořák Černý Procházka Kučera Veselý Horák Němec Pokorný Růžička Fiala Sedláček Doležal Kříž",
    ),
    (
        "Aarav Priya Ananya Rohan Kavya Arjun Meera Vikram Lakshmi Sanjay Divya Rahul Nandini Kiran Asha Ishaan",
        "Sharma Patel Singh Iyer Nair Reddy Gupta Mehta Rao Joshi Kulkarni Banerjee Chatterjee Desai Menon Pillai",
    ),
    (
        "Yuki Haruto Sakura Ren Aoi Hina Sota Yui Kaito Mei Takumi Emi Daichi Naoko Kenji Sayuri",
        "Sato Suzuki Takahashi Tanaka Watanabe Yamamoto Nakamura Kobayashi Kato Yoshida Yamada Sasaki Matsumoto Inoue Kimura Hayashi",
    ),
    (
        "Chidi Ngozi Amara Emeka Ifeoma Kwame Abena Kofi Efua Yaw Adwoa Obinna Chiamaka Folake Tunde Yetunde",
        "Okafor Adeyemi Mensah Owusu Boateng Eze Nwosu Balogun Asante Osei Adebayo Obi Appiah Chukwu Okonkwo Danso",
    ),
    (
        "Layla Omar Fatima Yusuf Noor Khalid Amina Karim Salma Tariq Rania Hassan Yasmin Samir Dalia Farid",
        "Haddad Khoury Mansour Nasser Farouk Hamdan Aziz Saleh Qasim Bishara Zaki Najjar Darwish Sabbagh Rahman Shami",
    ),
];

const PLACES: &str = "Harvest Nordic Finch Lantern Cedar River Amber Copper Meadow Summit Orchard Granite Willow Beacon Juniper Coral Falcon Maple Anchor Prairie Saffron Birch Thistle Canyon Heron Velvet Marble Aurora Clover Ember Indigo Pebble Solstice Timber Walnut Zephyr";
const TRADES: &str = "Bakery Legal Studio Logistics Dental Robotics Books Travel Energy Farms Textiles Clinic Media Capital Gardens Motors Pharmacy Academy Coffee Foods Cycles Optics Rentals Software Insurance Ceramics Brewing Fitness Kitchens Marine Theatre Surveying";
const SHOPS: &str = "Café Hotel Atelier Galerie Ristorante Bodega Konditorei Clinique Bryggeri Library Gym Workshop";
const NAMED: &str = "Morgenrot Belvedere Montségur Åsgard Fortuna Señorial Grünewald Lumière Østergaard Primavera Galaxia Bellevue Zornica Királyi Mirador Waldfrieden";

/// The names, read once.
pub(super) struct Names {
    /// With which of the names it begins.
    shift: u64,
    people: Vec<(&'static str, &'static str)>,
    /// The same in ASCII and small, as addresses have them.
    plain: Vec<String>,
    places: Vec<&'static str>,
    trades: Vec<&'static str>,
    shops: Vec<&'static str>,
    named: Vec<&'static str>,
}

impl Names {
    pub(super) fn new(seed: u64) -> Self {
        let words = |text: &'static str| text.split(' ').collect::<Vec<_>>();
        let mut people = Vec::new();
        for (given, family) in LANGUAGES {
            for given in given.split(' ') {
                people.extend(family.split(' ').map(|family| (given, family)));
            }
        }
        let plain = people
            .iter()
            .map(|(given, family)| format!("{}.{}", folded(given), folded(family)))
            .collect();
        Self {
            // Far from overflowing what is added to it.
            shift: seed % 1_000_003,
            people,
            plain,
            places: words(PLACES),
            trades: words(TRADES),
            shops: words(SHOPS),
            named: words(NAMED),
        }
    }

    /// Given name, family name, and what stands before the `@` of the address; no two numbers have the same of the last.
    pub(super) fn person(&self, number: u64) -> (&'static str, &'static str, String) {
        let (place, round) = scattered(self.shift, number, self.people.len());
        let (given, family) = self.people[place];
        (given, family, numbered(&self.plain[place], "", round))
    }

    /// Name and slug; no two numbers have the same slug.
    pub(super) fn application(&self, number: u64) -> (String, String) {
        let (place, round) = scattered(self.shift, number, self.places.len() * self.trades.len());
        let name = format!(
            "{} {}",
            self.places[place / self.trades.len()],
            self.trades[place % self.trades.len()]
        );
        let slug = name.to_ascii_lowercase().replace(' ', "-");
        (name, numbered(&slug, "-", round))
    }

    /// What a client is called, and what stands after the `@` of its address.
    pub(super) fn client(&self, dice: u64) -> (String, String) {
        let (shop, _) = scattered(0, dice, self.shops.len());
        let (named, _) = scattered(0, dice >> 20, self.named.len());
        let (shop, named) = (self.shops[shop], self.named[named]);
        let domain = format!("{}-{}.example", folded(shop), folded(named));
        (format!("{shop} {named}"), domain)
    }
}

/// The place of the number among so many, far from its neighbours', and how often all of them were had before.
fn scattered(shift: u64, number: u64, of: usize) -> (usize, u64) {
    // A prime that is greater than any of the lists is long: each place comes once in a round.
    const PRIME: u128 = 2_654_435_761;
    let of = of as u64;
    let place = u128::from(number % of + shift) * PRIME % u128::from(of);
    (usize::try_from(place).unwrap_or_default(), number / of)
}

fn numbered(text: &str, before: &str, round: u64) -> String {
    if round == 0 {
        text.to_owned()
    } else {
        format!("{text}{before}{}", round + 1)
    }
}

/// In small ASCII letters, as people write their names in addresses.
fn folded(name: &str) -> String {
    let mut plain = String::new();
    for letter in name.to_lowercase().chars() {
        match letter {
            'ä' | 'æ' => plain.push_str("ae"),
            'ö' | 'ø' => plain.push_str("oe"),
            'ü' => plain.push_str("ue"),
            'å' => plain.push_str("aa"),
            'ß' => plain.push_str("ss"),
            'ł' => plain.push('l'),
            'ı' => plain.push('i'),
            other => plain.extend(other.nfd().filter(|part| !is_combining_mark(*part))),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn addresses_are_ascii_and_no_two_are_the_same() {
        let names = Names::new(7);
        let addresses: Vec<_> = (0..20_000).map(|number| names.person(number).2).collect();
        let address = |text: &String| format!("{text}@example.org").parse::<service::Email>();
        assert!(
            addresses
                .iter()
                .all(|text| text.is_ascii() && address(text).is_ok())
        );
        assert_eq!(addresses.iter().collect::<HashSet<_>>().len(), 20_000);
        let slugs: HashSet<_> = (0..5_000)
            .map(|number| names.application(number).1)
            .collect();
        assert_eq!(slugs.len(), 5_000);
        assert!(
            slugs
                .iter()
                .all(|slug| slug.parse::<service::Slug>().is_ok())
        );
        assert!(!slugs.contains("seed-data"));
        let (_, domain) = names.client(12_345);
        assert!(
            format!("info@{domain}").parse::<service::Email>().is_ok(),
            "{domain}"
        );
    }
}
