"""The attacks of docs/security.md, in its order."""

from tests.mutations.audit_attacks import AUDIT_ATTACKS
from tests.mutations.audit_door_attacks import AUDIT_DOOR_ATTACKS
from tests.mutations.audit_hub_attacks import AUDIT_HUB_ATTACKS
from tests.mutations.audit_privacy_attacks import AUDIT_PRIVACY_ATTACKS
from tests.mutations.audit_sync_attacks import AUDIT_SYNC_ATTACKS
from tests.mutations.availability_attacks import AVAILABILITY_ATTACKS
from tests.mutations.block_attacks import BLOCK_ATTACKS
from tests.mutations.bridge_attacks import BRIDGE_ATTACKS
from tests.mutations.card_attacks import CARD_ATTACKS
from tests.mutations.command_attacks import COMMAND_ATTACKS
from tests.mutations.company_attacks import COMPANY_ATTACKS
from tests.mutations.crossed_attacks import CROSSED_ATTACKS
from tests.mutations.door_attacks import DOOR_ATTACKS
from tests.mutations.elevator_attacks import ELEVATOR_ATTACKS
from tests.mutations.enrolment_attacks import ENROLMENT_ATTACKS
from tests.mutations.evidence_attacks import EVIDENCE_ATTACKS
from tests.mutations.export_attacks import EXPORT_ATTACKS
from tests.mutations.host_attacks import HOST_ATTACKS
from tests.mutations.hub_root_attacks import HUB_ROOT_ATTACKS
from tests.mutations.input_attacks import INPUT_ATTACKS
from tests.mutations.interlock_attacks import INTERLOCK_ATTACKS
from tests.mutations.keypad_attacks import KEYPAD_ATTACKS
from tests.mutations.late_attacks import LATE_ATTACKS
from tests.mutations.limits_attacks import LIMITS_ATTACKS
from tests.mutations.mode_attacks import MODE_ATTACKS
from tests.mutations.occupancy_attacks import OCCUPANCY_ATTACKS
from tests.mutations.occupancy_topic_attacks import OCCUPANCY_TOPIC_ATTACKS
from tests.mutations.osdp_attacks import OSDP_ATTACKS
from tests.mutations.own_pin_attacks import OWN_PIN_ATTACKS
from tests.mutations.pin_admin_attacks import PIN_ADMIN_ATTACKS
from tests.mutations.pin_alert_attacks import PIN_ALERT_ATTACKS
from tests.mutations.pin_attacks import PIN_ATTACKS
from tests.mutations.pin_oracle_attacks import PIN_ORACLE_ATTACKS
from tests.mutations.rights_attacks import RIGHTS_ATTACKS
from tests.mutations.spelling_attacks import SPELLING_ATTACKS
from tests.mutations.sync_attacks import SYNC_ATTACKS
from tests.mutations.technician_attacks import TECHNICIAN_ATTACKS
from tests.mutations.threat_attacks import THREAT_ATTACKS
from tests.mutations.trust_attacks import TRUST_ATTACKS
from tests.mutations.verdict_attacks import VERDICT_ATTACKS
from tests.mutations.visitor_attacks import VISITOR_ATTACKS
from tests.mutations.waiting_attacks import WAITING_ATTACKS
from tests.mutations.watch_attacks import WATCH_ATTACKS
from tests.mutations.wire_attacks import WIRE_ATTACKS

ATTACKS = (
    *WIRE_ATTACKS,
    *SYNC_ATTACKS,
    *COMMAND_ATTACKS,
    *DOOR_ATTACKS,
    *TRUST_ATTACKS,
    *AVAILABILITY_ATTACKS,
    *AUDIT_ATTACKS,
    *EXPORT_ATTACKS,
    *AUDIT_SYNC_ATTACKS,
    *AUDIT_DOOR_ATTACKS,
    *AUDIT_PRIVACY_ATTACKS,
    *AUDIT_HUB_ATTACKS,
    *WATCH_ATTACKS,
    *VERDICT_ATTACKS,
    *EVIDENCE_ATTACKS,
    *HUB_ROOT_ATTACKS,
    *PIN_ATTACKS,
    *PIN_ALERT_ATTACKS,
    *PIN_ADMIN_ATTACKS,
    *COMPANY_ATTACKS,
    *WAITING_ATTACKS,
    *PIN_ORACLE_ATTACKS,
    *INTERLOCK_ATTACKS,
    *CARD_ATTACKS,
    *BLOCK_ATTACKS,
    *KEYPAD_ATTACKS,
    *ENROLMENT_ATTACKS,
    *INPUT_ATTACKS,
    *ELEVATOR_ATTACKS,
    *VISITOR_ATTACKS,
    *OWN_PIN_ATTACKS,
    *THREAT_ATTACKS,
    *LIMITS_ATTACKS,
    *MODE_ATTACKS,
    *OCCUPANCY_ATTACKS,
    *RIGHTS_ATTACKS,
    *CROSSED_ATTACKS,
    *OCCUPANCY_TOPIC_ATTACKS,
    *LATE_ATTACKS,
    *SPELLING_ATTACKS,
    *HOST_ATTACKS,
    *BRIDGE_ATTACKS,
    *OSDP_ATTACKS,
    *TECHNICIAN_ATTACKS,
)
