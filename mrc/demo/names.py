"""Made-up names of people in the scripts of the region, and how each language puts a name together.

Words are written ``local/Latin``; an underscore stands for a blank. ``shape`` lists the parts of a name in the order
in which they are said; ``{}`` is the gender.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Language:
    """The names of one language and what a card says of its speakers."""

    name: str
    ethnicities: tuple
    shapes: tuple
    words: dict

    def person(self, rng, gender):
        """A name, three times in four in the local script. ``gender``: "woman" or "man"."""
        shape = rng.choice(self.shapes)
        script = 0 if rng.random() < 0.75 else 1
        said = []
        for part in shape.replace("{}", gender).split():
            left = [word for word in self.words[part] if word[script] not in said]
            said.append(rng.choice(left)[script])
        return " ".join(said)


def words(text):
    """Pairs (local script, Latin)."""
    pairs = (word.replace("_", " ").partition("/") for word in text.split())
    return tuple((local, latin or local) for local, _slash, latin in pairs)


KHMER = Language(
    name="Khmer",
    ethnicities=("Khmer", "Khmer", "Khmer", "Cham", "Kuy"),
    shapes=("family {}", "family {}", "family {} {}"),
    words={
        "family": words(
            "សុខ/Sok ចាន់/Chan ហេង/Heng គឹម/Kim លី/Ly ម៉ៅ/Mao នួន/Nuon ពេជ្រ/Pich សំ/Sam ទេព/Tep វ៉ាន់/Van យឹម/Yim "
            "ឈឹម/Chhim អ៊ុំ/Oum កែវ/Keo សុត/Soth ជា/Chea ប៊ុន/Bun"
        ),
        "woman": words(
            "សុភាព/Sopheap ស្រីមុំ/Sreymom ចន្ថា/Chantha ធីតា/Thida បុប្ផា/Bopha កល្យាណ/Kalyan រតនា/Ratana សុជាតា/Socheata "
            "ស្រីពៅ/Sreypov មករា/Makara ណារី/Nary ផល្លា/Phalla សុវណ្ណី/Sovanny ចន្ធី/Chanthy"
        ),
        "man": words(
            "សុវណ្ណ/Sovann ពិសិដ្ឋ/Piseth វិចិត្រ/Vichet ធា/Thea សំណាង/Samnang បូរី/Borey រិទ្ធី/Rithy ដារ៉ា/Dara វិបុល/Vibol "
            "ចំរើន/Chamroeun ណារ៉ុង/Narong កុសល/Kosal សុភ័ក្រ/Sopheak វុទ្ធី/Vuthy"
        ),
    },
)

LAO = Language(
    name="Lao",
    ethnicities=("Lao", "Lao", "Phu Thai", "Khmu", "Katang"),
    shapes=("{} family",),
    words={
        "woman": words(
            "ສົມສີ/Somsy ບົວພັນ/Bouaphan ຄຳພອນ/Khamphone ວິໄລ/Vilay ມະນີ/Many ຈັນທາ/Chantha ດາວອນ/Davone ແສງຈັນ/Sengchanh "
            "ບຸນມາ/Bounma ນ້ອຍ/Noy ເພັດສະໝອນ/Phetsamone ວຽງສະໝອນ/Viengsamone"
        ),
        "man": words(
            "ສົມພອນ/Somphone ບຸນມີ/Bounmy ຄຳແສນ/Khamsene ທອງດີ/Thongdy ສຸລິຍາ/Souliya ວັນນາ/Vanna ສີພັນ/Siphan ຄຳໃບ/Khambay "
            "ບຸນທອງ/Bounthong ສົມສັກ/Somsack ອານຸສອນ/Anousone ໄຊສົມບັດ/Xaysombath"
        ),
        "family": words(
            "ພົມມະຈັນ/Phommachanh ສີສຸກ/Sisouk ວົງສາ/Vongsa ແກ້ວມະນີ/Keomany ໄຊຍະວົງ/Xayavong ອິນທະວົງ/Inthavong "
            "ສຸວັນນະສານ/Souvannasan ບຸບຜາ/Boupha ຈັນທະວົງ/Chanthavong ພິມມະສອນ/Phimmasone ສີລິວົງ/Silivong"
        ),
    },
)

BURMESE = Language(
    name="Burmese",
    ethnicities=("Bamar", "Bamar", "Mon", "Karen", "Shan", "Rakhine"),
    shapes=("title_{} {} {}", "title_{} {} {} {}", "{} {}", "{} {} {}", "title_{} {}"),
    words={
        "title_woman": words("ဒေါ်/Daw မ/Ma မ/Ma"),
        "title_man": words("ဦး/U ကို/Ko မောင်/Maung"),
        "woman": words(
            "ခင်/Khin မြင့်/Myint အေး/Aye သန္တာ/Thandar နွယ်/Nwe စန်း/San မိုး/Moe လှ/Hla ဖြူ/Phyu စု/Su ဝေ/Wai နှင်း/Hnin "
            "သီတာ/Thida ရီ/Yi"
        ),
        "man": words(
            "အောင်/Aung ကျော်/Kyaw မင်း/Min ထွန်း/Tun စိုး/Soe လွင်/Lwin ဇော်/Zaw နိုင်/Naing ဝင်း/Win တင်/Tin သူ/Thu ဟိန်း/Hein "
            "မြို့/Myo ထက်/Htet"
        ),
    },
)

THAI = Language(
    name="Thai",
    ethnicities=("Thai", "Thai", "Isan", "Lanna"),
    shapes=("{} family", "{} family", "title_{} {} family"),
    words={
        "title_woman": words("นาง/Nang นางสาว/Nangsao"),
        "title_man": words("นาย/Nai"),
        "woman": words(
            "สมศรี/Somsri มาลี/Malee วันเพ็ญ/Wanpen สุดา/Suda นงลักษณ์/Nonglak พรทิพย์/Porntip จันทร์เพ็ญ/Chanpen ดวงใจ/Duangjai "
            "รัตนา/Rattana อรุณี/Arunee"
        ),
        "man": words(
            "สมชาย/Somchai ประเสริฐ/Prasert วิชัย/Wichai สุรชัย/Surachai อนันต์/Anan บุญมี/Bunmee ธนา/Thana ชัยวัฒน์/Chaiwat "
            "ไพโรจน์/Pairot สุพจน์/Supot"
        ),
        "family": words(
            "ใจดี/Jaidee ศรีสุข/Srisuk ทองดี/Thongdee แสงทอง/Saengthong บุญมา/Boonma วงศ์คำ/Wongkham มีสุข/Meesuk "
            "จันทร์แก้ว/Chankaew คำมูล/Khammoon พรหมดี/Phromdee"
        ),
    },
)

VIETNAMESE = Language(
    name="Vietnamese",
    ethnicities=("Kinh", "Kinh", "Kinh", "Thai", "Muong"),
    shapes=("family middle_{} {}", "family middle_{} {}", "family {}"),
    words={
        "family": words(
            "Nguyễn/Nguyen Trần/Tran Lê/Le Phạm/Pham Hoàng/Hoang Phan/Phan Vũ/Vu Đặng/Dang Bùi/Bui Hồ/Ho Ngô/Ngo "
            "Dương/Duong"
        ),
        "middle_woman": words("Thị/Thi Thị/Thi Hồng/Hong Ngọc/Ngoc Thu/Thu Thanh/Thanh"),
        "middle_man": words("Văn/Van Văn/Van Đức/Duc Quang/Quang Hữu/Huu Xuân/Xuan"),
        "woman": words(
            "Hương/Huong Lan/Lan Mai/Mai Nga/Nga Hoa/Hoa Thảo/Thao Hạnh/Hanh Yến/Yen Ngữ/Ngu Phượng/Phuong Tuyết/Tuyet "
            "Hiền/Hien"
        ),
        "man": words(
            "Hùng/Hung Dũng/Dung Tuấn/Tuan Sơn/Son Hải/Hai Long/Long Thành/Thanh Bình/Binh Cường/Cuong Trung/Trung "
            "Lâm/Lam Phúc/Phuc"
        ),
    },
)

MALAY = Language(
    name="Malay",
    ethnicities=("Malay", "Iban", "Kadazan"),
    shapes=("{} child_{} father", "{} child_{} father"),
    words={
        "child_woman": words("binti"),
        "child_man": words("bin"),
        "woman": words("Siti_Aminah Nur_Aisyah Noraini Faridah Rosnah Halimah Zaleha Nurul_Huda"),
        "man": words("Ahmad Mohd_Faizal Azman Roslan Hafiz Khairul Zulkifli Shamsul"),
        "father": words("Abdullah Osman Hassan Yusof Ibrahim Salleh Razak Kassim"),
    },
)

INDONESIAN = Language(
    name="Indonesian",
    ethnicities=("Javanese", "Sundanese", "Sasak", "Bugis"),
    shapes=("{}", "{} family"),
    words={
        "woman": words("Sri_Wahyuni Dewi Sumiati Kartini Nurhayati Ningsih Wulandari Yuliana"),
        "man": words("Slamet Suparman Bambang Agus Budi Joko Wahyu Supriyadi"),
        "family": words("Lestari Santoso Wijaya Rahayu Saputra Utami Hartono"),
    },
)

NEPALI = Language(
    name="Nepali",
    ethnicities=("Tamang", "Gurung", "Magar", "Rai", "Tharu"),
    shapes=("{} family", "{} middle_{} family"),
    words={
        "woman": words("सीता/Sita गीता/Gita माया/Maya सरिता/Sarita कमला/Kamala सुनिता/Sunita राधा/Radha मीना/Mina"),
        "man": words("राम/Ram बिष्णु/Bishnu कृष्ण/Krishna दीपक/Deepak सन्तोष/Santosh गोपाल/Gopal सुरेश/Suresh प्रकाश/Prakash"),
        "middle_woman": words("कुमारी/Kumari देवी/Devi"),
        "middle_man": words("बहादुर/Bahadur कुमार/Kumar"),
        "family": words("तामाङ/Tamang गुरुङ/Gurung श्रेष्ठ/Shrestha थापा/Thapa राई/Rai मगर/Magar चौधरी/Chaudhary लामा/Lama"),
    },
)

BENGALI = Language(
    name="Bengali",
    ethnicities=("Bengali",),
    shapes=("{} family_{}", "title_{} {} family_{}"),
    words={
        "title_woman": words("মোছাঃ/Mst."),
        "title_man": words("মোঃ/Md."),
        "woman": words("ফাতেমা/Fatema রহিমা/Rahima সালমা/Salma নাসরিন/Nasrin শিরিন/Shirin মরিয়ম/Mariam"),
        "man": words("রফিক/Rafiq করিম/Karim জসিম/Jasim সোহেল/Sohel আলম/Alam মাসুদ/Masud শাহিন/Shahin"),
        "family_woman": words("বেগম/Begum আক্তার/Akter খাতুন/Khatun"),
        "family_man": words("হোসেন/Hossain রহমান/Rahman ইসলাম/Islam মিয়া/Mia উদ্দিন/Uddin"),
    },
)

# By nationality (ISO 3166-1 alpha-2).
LANGUAGES = {
    "KH": KHMER, "LA": LAO, "MM": BURMESE, "TH": THAI, "VN": VIETNAMESE, "MY": MALAY, "ID": INDONESIAN,
    "NP": NEPALI, "BD": BENGALI,
}  # fmt: skip
