//! The passwords that are tried first.

/// Whether this password, in lower case, is one of the most common.
pub(super) fn holds(password: &str) -> bool {
    COMMON.binary_search(&password).is_ok()
}

/// Common passwords of 8 characters and more, in lower case: no shorter one passes the policy. Sorted by bytes.
#[rustfmt::skip]
static COMMON: &[&str] = &[
    "!@#$%^&*", "!@#$%^&*()", "!@#$1234", "!qaz2wsx", "!qaz@wsx", "00000000", "000000000", "0000000000", "0123456789",
    "0987654321", "10203040", "1020304050", "1029384756", "11111111", "111111111", "1111111111", "11112222", "11223344",
    "1122334455", "112233445566", "12121212", "123123123", "123123123123", "123321123", "1234!@#$", "12341234",
    "12344321", "123454321", "1234554321", "123456654321", "12345678", "123456780", "123456781", "123456789",
    "1234567890", "1234567890-", "1234567890qwertyuiop", "12345678910", "1234567891011", "123456789101112",
    "123456789a", "123456789q", "12345678a", "12345679", "1234567a", "123456aa", "123456ab", "123456abc",
    "123456qwerty", "12345abc", "12345qwert", "12345qwerty", "1234abcd", "1234qwer", "123abc123", "123qwe123",
    "123qwe456", "123qweasd", "123qweasdzxc", "135792468", "13579246810", "147258369", "147852369", "159357258",
    "159753456", "1a2b3c4d", "1a2b3c4d5e", "1q2w3e4r", "1q2w3e4r5t", "1q2w3e4r5t6y", "1q2w3e4r5t6y7u",
    "1q2w3e4r5t6y7u8i", "1qaz!qaz", "1qaz1qaz", "1qaz2wsx", "1qaz2wsx3edc", "1qaz2wsx3edc4rfv", "1qazxsw2",
    "1qazxsw23edc", "20202020", "22222222", "246813579", "258456357", "27182818", "31415926", "314159265", "3141592653",
    "3141592653589793", "321654987", "33333333", "44444444", "456789123", "50cent50", "5201314520", "5211314a",
    "55555555", "66666666", "741852963", "77777777", "789456123", "789456123123", "87654321", "88888888", "963852741",
    "987654321", "9876543210", "99999999", "a1234567", "a12345678", "a123456789", "a1a1a1a1", "a1b2c3d4", "a1b2c3d4e5",
    "a1b2c3d4e5f6", "a5201314", "aa123456", "aa12345678", "aa123456789", "aaaa1111", "aaaaaaaa", "aaaaaaaaaa",
    "abc12345", "abc123456", "abc1234567", "abc12345678", "abc123456789", "abc123abc", "abc123abc123", "abcabcabc",
    "abcd1234", "abcd12345", "abcd123456", "abcd@1234", "abcde12345", "abcdef12", "abcdef123", "abcdefgh", "abcdefghi",
    "abcdefghij", "abracadabra", "access123", "access14", "admin123", "admin1234", "admin12345", "admin123456",
    "admin2020", "admin2021", "admin2022", "admin2023", "admin2024", "admin2025", "admin@123", "admin@1234",
    "adminadmin", "adminadmin1", "administrador", "administrateur", "administrator", "administrator1", "adminpass",
    "adminpassword", "adobe123", "adobeadobe", "alejandra", "alejandro", "alexander", "alexander1", "alexandra",
    "alhamdulillah", "allahuakbar", "america1", "america123", "andrew123", "android1", "angel123", "angels123",
    "anthony1", "anthony123", "anypassword", "apple123", "arsenal1", "arsenal123", "asd123456", "asdasd123",
    "asdasdasd", "asdf1234", "asdf12345", "asdf123456", "asdf;lkj", "asdfasdf", "asdfghjk", "asdfghjkl", "asdfghjkl1",
    "asdfghjkl123", "asdfjkl;", "asdfqwer", "ashley123", "asshole1", "assholes", "australia", "autumn2023",
    "autumn2024", "autumn2025", "azerty123", "azertyuiop", "babyboy1", "babygirl", "babygirl1", "babygirl123",
    "bailey123", "banana123", "barcelona", "barcelona1", "baseball", "baseball1", "baseball123", "basketball",
    "basketball1", "batman123", "batman1234", "beautiful", "beautiful1", "benjamin", "berlin123", "bigdaddy",
    "bigdaddy1", "birthday", "bismillah", "bismillah786", "bitch123", "blahblah", "blahblah1", "blessed1", "blink182",
    "blueberry", "bond007007", "brandon1", "brazil123", "budweiser", "bulldogs", "bullshit", "business", "buster123",
    "butterfly", "butterfly1", "california", "callofduty", "cameron1", "carlos123", "caroline", "catherine", "changeit",
    "changeme", "changeme!", "changeme1", "changeme123", "changeme1234", "changemeplease", "changepassword",
    "changethis", "changethispassword", "charlie1", "charlie123", "charlotte", "cheesecake", "chelsea1", "chelsea123",
    "chicago1", "chicken1", "chocolate", "chocolate1", "christian", "christian1", "christina", "christmas",
    "christmas1", "christopher", "cisco123", "cocacola", "college1", "company1", "company123", "computer", "computer1",
    "computer123", "computerscience", "cookie123", "cookies1", "correcthorsebatterystaple", "corvette", "counterstrike",
    "cowboy123", "cowboys1", "cristiano", "cristianoronaldo", "cristina", "crystal1", "daniel123", "danielle",
    "darthvader", "database", "database1", "december", "default1", "defaultpassword", "demo1234", "demodemo",
    "demon666", "diamond1", "diamonds", "dickhead", "doctor123", "dolphin1", "dolphins", "donald123", "dragon123",
    "dragonball", "dragonballz", "dropbox1", "drummer1", "eagles123", "einstein", "elephant", "elizabeth", "elizabeth1",
    "eminem123", "facebook", "facebook1", "facebook123", "faithhope", "february", "fernando", "ferrari1", "firefighter",
    "florida1", "flower123", "flowers1", "fluffy123", "football", "football1", "football12", "football123",
    "foreverlove", "fortnite", "francisco", "freedom1", "freedom123", "fuckfuck", "fuckoff1", "fuckyou1", "fuckyou123",
    "fuckyou2", "fuckyoufuckyou", "gabriel1", "gabriela", "gandalf1", "garfield", "gators123", "germany1", "ginger123",
    "gmail123", "godisgood", "godisgood1", "godisgreat", "godislove", "goodluck1", "goodmorning", "google123",
    "gorgeous", "graduate", "greenday", "gryffindor", "guest123", "guest1234", "guestguest", "guitar123", "halloween",
    "handsome", "hannah123", "happybirthday", "harley123", "harrypotter", "harrypotter1", "heaven123", "hello123",
    "hello1234", "hello12345", "hellohello", "hellokitty", "hellokitty1", "helloworld", "helloworld1", "helloworld123",
    "hermione", "hockey123", "hogwarts", "hospital", "hotmail1", "hunter12", "hunter123", "hunter2hunter2", "ilovegod",
    "iloveher", "ilovehim", "ilovejesus", "iloveme1", "iloveme2", "ilovemyfamily", "ilovemylife", "ilovemymom",
    "ilovemyself", "iloveyou", "iloveyou!", "iloveyou1", "iloveyou12", "iloveyou123", "iloveyou2", "iloveyou3",
    "iloveyou520", "iloveyoubaby", "iloveyouforever", "iloveyousomuch", "iloveyoutoo", "india123", "indiaindia",
    "indonesia", "inshallah", "instagram", "internet", "internet1", "internet123", "iphone123", "ironman123",
    "isabella", "itsmypassword", "jamesbond", "jamesbond007", "january1", "jennifer", "jennifer1", "jessica1",
    "jessica123", "jesus123", "jesuschrist", "jesusislord", "jesusisthelord", "jesuslovesme", "jonathan", "jordan23",
    "joshua123", "juventus", "killer12", "killer123", "lakers24", "lawyer123", "letmein!", "letmein1", "letmein12",
    "letmein123", "letmeinnow", "letmeinplease", "li123456", "linkedin", "linkedin1", "linkedin123", "linkinpark",
    "linux123", "lionelmessi", "lionking", "liverpool", "liverpool1", "liverpool123", "lkjhgfdsa", "lol123456",
    "lollipop", "lollipop1", "london123", "lordoftherings", "lovelove", "lovelove1", "lovely123", "loveme123",
    "lover123", "lovers123", "loveyou1", "loveyou2", "lucky123", "lucky777", "macromedia", "maggie123", "manager1",
    "manager123", "manchester", "manchesterunited", "marlboro", "marlboro1", "master123", "mastermind", "matrix123",
    "matthew1", "matthew123", "mercedes", "mercedes1", "messi123", "metallica", "metallica1", "michael1", "michael123",
    "michelle", "mickeymouse", "microsoft", "midnight", "midnight1", "minecraft", "minecraft1", "minecraft123",
    "minnie123", "mnbvcxz1", "mnbvcxzlkjhgfdsa", "monitor1", "monkey12", "monkey123", "motherfucker", "mountain",
    "musicmusic", "mustang1", "mustang123", "mylove123", "mypass123", "mypassphrase", "mypassword", "mypassword1",
    "mypassword123", "myspace1", "myspace123", "mysql123", "nathan123", "ncc1701d", "netflix1", "newpassword",
    "newpassword1", "newpassword123", "newyork1", "newyork123", "nicholas", "nicholas1", "nintendo", "nirvana1",
    "nopassword", "nothing1", "november", "nurse123", "obiwankenobi", "october1", "office123", "oldpassword",
    "openopen", "opensesame", "operator", "oracle123", "orange123", "p@ssw0rd", "p@ssw0rd1", "p@ssword", "p@ssword1",
    "pa$$w0rd", "pa$$word", "packers1", "pakistan", "pakistan123", "panthers", "parisparis", "pass1234", "pass12345",
    "pass123456", "pass@123", "pass@1234", "passpass", "passpass1", "passphrase", "passw0rd", "password", "password!",
    "password01", "password1", "password1!", "password10", "password11", "password12", "password123", "password1234",
    "password12345", "password123456", "password1234567", "password12345678", "password123456789",
    "password123password", "password2", "password2020", "password2021", "password2022", "password2023", "password2024",
    "password2025", "password2026", "password3", "password69", "password7", "password9", "password99", "passwordadmin",
    "passwordpassword", "passwords", "passwords1", "passwort", "passwort1", "passwort123", "patricia", "patrick1",
    "patriots", "peaches1", "peanut123", "pepper123", "pepsi123", "philippines", "phoenix1", "photoshop", "pineapple",
    "playstation", "pleasechangeme", "pleaseletmein", "poiuytre", "poiuytrewq", "pokemon1", "pokemon123", "police123",
    "poohbear", "porsche911", "postgres", "postgres1", "postgres123", "princesa", "princess", "princess1", "princess12",
    "princess123", "princesse", "purple12", "purple123", "pussy123", "pussycat", "q1q1q1q1", "q1w2e3r4", "q1w2e3r4t5",
    "q1w2e3r4t5y6", "q1w2e3r4t5y6u7i8", "qazwsx123", "qazwsxedc", "qazwsxedc123", "qazwsxedcrfv", "qazxswedc",
    "qq123456", "qq123456789", "qqqqqqqq", "qqww1122", "qwe123456", "qwe123qwe", "qweasd123", "qweasdzxc", "qwer1234",
    "qwer12345", "qwer123456", "qwert123", "qwert1234", "qwert12345", "qwerty!@#$", "qwerty01", "qwerty1!", "qwerty11",
    "qwerty12", "qwerty123", "qwerty1234", "qwerty12345", "qwerty123456", "qwerty1234567", "qwerty12345678",
    "qwerty123456789", "qwerty22", "qwerty77", "qwerty99", "qwertyadmin", "qwertyqwerty", "qwertyui", "qwertyuiop",
    "qwertyuiop1", "qwertyuiop123", "qwertyuiop123456", "qwertyuiop1234567890", "qwertyuiopasdfghjkl",
    "qwertyuiopasdfghjklzxcvbnm", "qwertz123", "qwertzuiop", "raiders1", "rainbow1", "rainbow123", "rangers1",
    "raspberry", "raspberrypi", "realmadrid", "redskins", "redsox123", "redsoxredsox", "richard1", "robert123",
    "roblox123", "rocknroll", "rockstar", "rockstar1", "rockyou1", "rodrigo1", "ronaldo7", "root1234", "root12345",
    "rootpassword", "rootroot", "samantha", "samantha1", "samsung1", "samsung123", "santiago", "satan666", "saturday",
    "school123", "scooby123", "scoobydoo", "scooter1", "sebastian", "sebastian1", "secret123", "secret1234",
    "secretpassword", "secure123", "security", "security1", "september", "service1", "shadow12", "shadow123",
    "silver123", "skateboard", "skywalker", "slayer666", "slipknot", "slipknot1", "slytherin", "snapchat", "snickers",
    "snoopy123", "snowball", "snowboard", "soccer123", "softball", "soldier1", "something", "sommer2023", "sommer2024",
    "sommer2025", "spiderman", "spiderman1", "spiderman123", "spongebob", "spongebob1", "spring2023", "spring2024",
    "spring2025", "sqlserver", "starcraft", "stargate", "startrek", "starwars", "starwars1", "starwars123", "steelers",
    "stephanie", "strawberry", "student1", "student123", "summer123", "summer2020", "summer2021", "summer2022",
    "summer2023", "summer2024", "summer2025", "summer2026", "sunshine", "sunshine1", "sunshine12", "sunshine123",
    "superadmin", "superman", "superman1", "superman123", "supersecret", "supersecretpassword", "superuser", "support1",
    "support123", "sweetheart", "sweetie1", "sweetlove", "sysadmin", "teacher1", "teacher123", "teamo123", "teamomucho",
    "teddybear", "temppassword", "tequiero", "tequieromucho", "test1234", "test12345", "test123456", "tester123",
    "testing1", "testing123", "testing1234", "testpassword", "testpassword123", "testtest", "testuser", "texas123",
    "thepassword", "thequickbrownfox", "thisisapassword", "thisismypassword", "thisispassword", "thomas123", "thunder1",
    "thunderbird", "thursday", "thx1138thx", "tigers123", "tigger123", "tinkerbell", "tobeornottobe", "toortoor",
    "topsecret", "trinity1", "trojans1", "truelove", "trustno1", "trustnoone", "tweety123", "twitter1", "ubnt1234",
    "ubuntu123", "university", "user1234", "user12345", "userpassword", "useruser", "vagrant1", "valentina", "vanessa1",
    "veronica", "verysecretpassword", "victoria", "victoria1", "voldemort", "volleyball", "w1w2w3w4", "wang123456",
    "warcraft", "warrior1", "warriors", "watermelon", "wednesday", "welcome!", "welcome1", "welcome1!", "welcome12",
    "welcome123", "welcome1234", "welcome12345", "welcome2020", "welcome2021", "welcome2022", "welcome2023",
    "welcome2024", "welcome2025", "welcome2026", "welcomeback", "welcomehome", "whatever", "whatever1", "whatever123",
    "whatsapp", "wildcats", "william1", "william123", "windows1", "windows10", "windows123", "winnie123",
    "winniethepooh", "winter123", "winter2020", "winter2021", "winter2022", "winter2023", "winter2024", "winter2025",
    "winter2026", "woaini123", "woaini1314", "woaini520", "wolverine", "worldofwarcraft", "xbox360xbox", "xiaoming",
    "yahoo123", "yankees1", "yellow123", "yourpassword", "youtube1", "youtube123", "zachary1", "zaq!2wsx", "zaq12wsx",
    "zaq1xsw2", "zaq1zaq1", "zhang123", "zxc123456", "zxcvbn123", "zxcvbnm,", "zxcvbnm1", "zxcvbnm123",
    "zxcvbnm1234567", "zxcvbnmasdfghjkl", "zxcvzxcv",
];

#[cfg(test)]
mod tests {
    use super::{COMMON, holds};

    #[test]
    fn the_list_is_sorted_and_in_lower_case() {
        assert!(COMMON.is_sorted_by(|a, b| a < b));
        for password in COMMON {
            assert!(password.len() >= 8, "{password}");
            assert_eq!(*password, password.to_lowercase());
        }
    }

    #[test]
    fn it_holds_what_is_common_and_nothing_else() {
        for common in ["password123", "qwertyuiop", "1q2w3e4r5t6y", "iloveyou"] {
            assert!(holds(common), "{common}");
        }
        assert!(!holds("PASSWORD123"));
        assert!(!holds("correct horse battery staple of mine"));
        assert!(!holds(""));
    }
}
