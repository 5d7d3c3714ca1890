"""Where the made-up people come from and go to, and how telephone numbers look there."""

# Village or district and province, by nationality; in the local script or in Latin, as staff type it.
COMMUNITIES = {
    "KH": (
        "ភូមិត្រពាំងឈូក ខេត្តព្រៃវែង",
        "ភូមិអន្លង់ស្វាយ ខេត្តបាត់ដំបង",
        "Boeng Chhuk village, Kampong Cham",
        "Svay Thom, Siem Reap",
        "ស្រុកមង្គលបូរី បន្ទាយមានជ័យ",
    ),
    "LA": ("ບ້ານດອນແດງ ແຂວງສະຫວັນນະເຂດ", "ບ້ານໂພນທອງ ແຂວງຈຳປາສັກ", "Ban Nong Bua, Khammouane", "Ban Phonsavan, Salavan"),
    "MM": (
        "ရေကြည်ရွာ၊ မွန်ပြည်နယ်",
        "သစ်တောရွာ၊ ပဲခူးတိုင်း",
        "Kya Inn, Kayin State",
        "Thanbyuzayat, Mon State",
        "Nyaung Bin, Magway",
    ),
    "TH": ("บ้านหนองบัว จังหวัดอุดรธานี", "บ้านดอนแก้ว จังหวัดเชียงราย", "Ban Nong Saeng, Nakhon Phanom"),
    "VN": ("Xã Thạch Bằng, Hà Tĩnh", "Huyện Nghi Xuân, Hà Tĩnh", "Xã Quỳnh Lưu, Nghệ An", "Lệ Thủy, Quảng Bình"),
    "MY": ("Kampung Bukit Lada, Kedah", "Kampung Sungai Batu, Sabah"),
    "ID": ("Desa Sukamaju, Lombok Timur", "Desa Karangrejo, Cilacap", "Kampung Baru, Flores"),
    "NP": ("सुनवल, नवलपरासी", "Jhapa, Koshi", "धनकुटा, कोशी"),
    "BD": ("কুমিল্লা সদর", "Tangail", "Brahmanbaria"),
}
STREETS = (
    "{n} Riverside Road", "{n} Market Street", "House {n}, behind the pagoda", "Room {n}, workers' dormitory",
    "{n} Station Lane", "Block {n}, fishing port", "{n} Temple Road",
)  # fmt: skip
# ``#`` is a digit. The subscriber part begins with 00, which no operator gives out.
TELEPHONES = {
    "KH": ("012 00# ###", "+855 96 00# ####", "០៩២ ០០# ###"), "LA": ("020 500# ####", "+856 20 900# ####"),
    "MM": ("09 00# ### ###", "+95 9 00# ### ###", "၀၉ ၀၀# ### ###"), "TH": ("080-00#-####", "+66 8 000# ####"),
    "VN": ("0900 00# ###", "+84 90 00# ## ##"), "MY": ("010-00# ####", "+60 10-00# ####"),
    "ID": ("0800-00##-####",), "NP": ("980-00#####",), "BD": ("01700-00####",),
}  # fmt: skip
CITIES = {
    "TH": ("Bangkok", "Samut Sakhon", "Rayong", "Chiang Mai", "Mae Sot", "Phuket"),
    "MY": ("Kuala Lumpur", "Penang", "Johor Bahru"), "KR": ("Ansan", "Busan"), "JP": ("Nagoya", "Osaka"),
    "TW": ("Taichung", "Kaohsiung"), "SG": ("Singapore",), "AE": ("Dubai",), "SA": ("Riyadh",),
}  # fmt: skip
SCRIPT_DIGITS = {"០": "០១២៣៤៥៦៧៨៩", "၀": "၀၁၂၃၄၅၆၇၈၉"}


def telephone(rng, country):
    """A number in a format of the country; some in the digits of its script."""
    pattern = rng.choice(TELEPHONES[country])
    digits = next((digits for zero, digits in SCRIPT_DIGITS.items() if zero in pattern), "0123456789")
    return "".join(rng.choice(digits) if sign == "#" else sign for sign in pattern)


def address(rng, country):
    return f"{rng.choice(STREETS).format(n=rng.randint(1, 480))}, {rng.choice(COMMUNITIES[country])}"
