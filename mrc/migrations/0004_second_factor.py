"""Second factors and recovery codes, known browsers, and the counters of wrong tries."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import mrc.vault


class Migration(migrations.Migration):
    dependencies = [
        ("mrc", "0003_audit_chain"),
    ]

    operations = [
        migrations.CreateModel(
            name="SecondFactor",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("secret", mrc.vault.EncryptedTextField(blank=True, default="", max_length=200)),
                (
                    "last_step",
                    models.BigIntegerField(default=-1, help_text="the half minute of the last code that was accepted"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="WrongTries",
            fields=[
                ("key", models.BigIntegerField(primary_key=True, serialize=False)),
                ("number", models.PositiveSmallIntegerField(default=0)),
                ("since", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.AddField(
            model_name="user",
            name="second_factor_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="second factor since"),
        ),
        migrations.AlterField(
            model_name="auditevent",
            name="action",
            field=models.CharField(
                choices=[
                    ("create", "Entered"),
                    ("change", "Changed"),
                    ("delete", "Deleted"),
                    ("view_identity", "Opened the identity"),
                    ("search", "Searched"),
                    ("import", "Imported"),
                    ("export", "Exported"),
                    ("sign_in", "Signed in"),
                    ("sign_out", "Signed out"),
                    ("sign_in_failed", "Could not sign in"),
                    ("sign_in_paused", "Too many wrong tries to sign in"),
                    ("factor_set_up", "Second factor set up"),
                    ("factor_removed", "Second factor removed"),
                    ("factor_failed", "Wrong code of the second factor"),
                    ("recovery_code_used", "Recovery code used"),
                    ("recovery_codes_made", "New recovery codes"),
                ],
                editable=False,
                max_length=20,
                verbose_name="what",
            ),
        ),
        migrations.CreateModel(
            name="KnownBrowser",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(help_text="SHA-256 of the number", max_length=64)),
                ("used_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("user", "digest"), name="one_row_a_known_browser")],
            },
        ),
        migrations.CreateModel(
            name="RecoveryCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(help_text="SHA-256 of the code", max_length=64)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("user", "digest"), name="one_digest_a_recovery_code")],
            },
        ),
    ]
